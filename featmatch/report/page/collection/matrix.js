// All pairs at once: a cell for two images, the brighter the more matches agree.
"use strict";

kit.section("matrix", "Every image with every other", (root, collection) => {
  const { el, number } = kit;
  const { data, pairs } = collection;
  const SIDE = 720; // CSS px, where there is room
  const num = data.names.length;
  const cellOf = new Map(pairs.map((pair) => [pair.first * num + pair.second, pair]));
  const most = Math.max(10, ...pairs.map((pair) => pair.inliers));
  const readout = el("output", { class: "readout", "aria-live": "polite" });

  // Weak pairs are drawn before strong ones: where cells are smaller than a pixel, these are seen.
  const order = [...pairs].sort((a, b) => a.kind - b.kind || a.inliers - b.inliers);

  function draw(context, colors, width) {
    const cell = width / num;
    const size = Math.max(cell, 1);
    context.fillStyle = colors.surface;
    context.fillRect(0, 0, width, width);
    for (const pair of order) {
      const [color, strength] = look(pair, colors);
      context.fillStyle = color;
      context.globalAlpha = strength;
      context.fillRect(pair.second * cell, pair.first * cell, size, size);
      context.fillRect(pair.first * cell, pair.second * cell, size, size);
    }
    context.globalAlpha = 1;
  }

  function look(pair, colors) {
    if (pair.kind === 0) return [colors.line, 0.55];
    const strength = 0.25 + (0.75 * Math.log(1 + pair.inliers)) / Math.log(1 + most);
    if (pair.kind === 1) return [colors.negative, strength];
    return [pair.bridge ? colors.series[5] : colors.accent, strength];
  }

  function tell(x, y, kind, width) {
    const row = Math.floor((y * num) / width);
    const column = Math.floor((x * num) / width);
    const pair = cellOf.get(Math.min(row, column) * num + Math.max(row, column));
    const names = `${data.names[row]} ↔ ${data.names[column]}`;
    if (row === column) readout.textContent = data.names[row];
    else if (!pair) readout.textContent = `${names}: not matched.`;
    else readout.textContent = `${names}: ${told(pair)}`;
    if (kind === "click" && pair?.kind > 0) collection.choose(pair);
  }

  function told(pair) {
    const what = ["nothing in common", "a shared part", "the same scene"][pair.kind];
    return `${what}, ${number(pair.inliers)} of ${number(pair.matches)} matches agree.`;
  }

  const label = "A cell for each two images, in the order of names.";
  const entry = (color, text) =>
    el("li", {}, el("span", { class: "dot", style: `background: var(--${color})` }), text);
  root.append(
    el(
      "p",
      {},
      "Images stand in the order of their names, from the top and from the left. The stronger the color of a cell, the more matches of these two agree. Choose a cell to see its matches.",
    ),
    num ? kit.canvas(SIDE, SIDE, draw, { label, onpoint: tell }).node : kit.note("No images."),
    readout,
    el(
      "ul",
      { class: "legend" },
      entry("accent", "the same scene"),
      entry("series-6", "... and the only link between two sides"),
      entry("negative", "a shared part, such as a logo"),
      entry("line", "matched, nothing in common"),
    ),
  );
});
