// What the sections of a collection share: its numbers in forms that are easy to ask, the chosen
// pair, and how images and pairs are shown.
"use strict";

kit.gather = (data) => {
  const { el, number } = kit;
  const NONE = 0;
  const pairs = data.pairs.map(([first, second, inliers, kind, matches], index) => ({
    ...{ index, first, second, inliers, kind, matches, bridge: 0 },
  }));
  for (const [index, cutOff] of data.bridges) pairs[index].bridge = cutOff;
  const partners = data.names.map(() => []);
  for (const pair of pairs) {
    if (pair.kind === NONE) continue;
    partners[pair.first].push(pair);
    partners[pair.second].push(pair);
  }
  for (const list of partners) list.sort((a, b) => b.inliers - a.inliers);
  const listeners = [];

  // Choose a pair, and show its matches.
  function choose(pair, { scroll = true } = {}) {
    for (const listen of listeners) listen(pair);
    if (!scroll) return;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    document.getElementById("pair").scrollIntoView({ behavior });
  }

  // The color of a component; images alone have none.
  const sizes = [];
  for (const component of data.components) sizes[component] = (sizes[component] ?? 0) + 1;
  const colorOf = (image, colors) => {
    const component = data.components[image];
    return sizes[component] > 1 ? colors.series[component % colors.series.length] : colors.muted;
  };

  const named = (pair) => `${data.names[pair.first]} ↔ ${data.names[pair.second]}`;

  // A small picture of an image, or an empty frame where the page has none.
  function thumbnail(image) {
    const found = data.thumbnails[image];
    return found
      ? el("img", { class: "thumbnail", src: found.src, alt: "", loading: "lazy" })
      : el("span", { class: "thumbnail" });
  }

  // A button that shows a pair.
  function pairButton(pair, pictures = true) {
    return el(
      "button",
      { type: "button", class: "pair-button", onclick: () => choose(pair) },
      pictures && [thumbnail(pair.first), thumbnail(pair.second)],
      el("span", {}, named(pair)),
    );
  }

  // A table that shows its first rows, and all of them when asked.
  function longTable(caption, headers, rows, most = 50) {
    const node = el("div");
    const show = (all) => {
      const shown = all ? rows : rows.slice(0, most);
      const more = el(
        "button",
        { type: "button", onclick: () => show(true) },
        `Show all ${number(rows.length)}`,
      );
      node.replaceChildren(
        kit.table(
          caption,
          headers,
          shown.map((make) => make()),
        ),
      );
      if (shown.length < rows.length) node.append(more);
    };
    show(false);
    return node;
  }

  const collection = { data, pairs, partners, sizes, listeners, choose, colorOf, named };
  return { ...collection, thumbnail, pairButton, longTable };
};
