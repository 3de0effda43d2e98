// Points of one method, descriptors of another: which of the two makes the difference.
"use strict";

kit.section("swap", "Swapped: whose points, whose descriptors", (root, { contrast }) => {
  const { el, number } = kit;
  const CORE = ["orb", "cnn"];
  const labels = new Map(contrast.methods.map(({ name, label }) => [name, label]));
  const names = [...new Set(contrast.swap.map(({ points }) => points))];
  const measures = {
    num_correct: { text: "right matches", digits: 0, better: "more" },
    accuracy_3: { text: "matching accuracy", digits: 2, better: "more" },
    matching_score: { text: "matching score", digits: 2, better: "more" },
    average_precision: { text: "average precision", digits: 2, better: "more" },
    homography_error: { text: "homography error (px)", digits: 2, better: "less" },
  };
  const table = el("div");

  function show(name) {
    const { text, digits, better } = measures[name];
    const values = contrast.swap.map(
      (score) =>
        score[name]?.value ??
        score[name]?.median ??
        (typeof score[name] === "number" ? score[name] : null),
    );
    const known = values.filter((value) => value != null);
    const best = better === "more" ? Math.max(...known) : Math.min(...known);
    const most = Math.max(...known, 1e-9);
    const cell = (points, descriptors) => {
      const index = contrast.swap.findIndex(
        (s) => s.points === points && s.descriptors === descriptors,
      );
      const value = values[index];
      const core = CORE.includes(points) && CORE.includes(descriptors);
      const share =
        value == null ? 0 : better === "more" ? value / most : best / Math.max(value, 1e-9);
      return el(
        "td",
        {
          class: [core && "core", value === best && "best"].filter(Boolean).join(" ") || null,
          style: `background: color-mix(in srgb, var(--positive) ${Math.round(45 * share)}%, transparent)`,
        },
        number(value, digits),
      );
    };
    table.replaceChildren(
      el(
        "div",
        { class: "table", role: "region", "aria-label": text, tabindex: 0 },
        el(
          "table",
          { class: "swap" },
          el("caption", {}, `${text[0].toUpperCase()}${text.slice(1)}, ${better} is better`),
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              el("td", {}, "points ↓ descriptors →"),
              names.map((d) => el("th", { scope: "col" }, labels.get(d))),
            ),
          ),
          el(
            "tbody",
            {},
            names.map((p) =>
              el(
                "tr",
                {},
                el("th", { scope: "row" }, `${labels.get(p)} points`),
                names.map((d) => cell(p, d)),
              ),
            ),
          ),
        ),
      ),
    );
  }

  root.append(
    el(
      "p",
      {},
      "A method is two things: where it puts its points, and how it describes what is around them. Here every kind of points is described in every way. Down a column only the points change, along a row only the descriptors. The framed four are the contrast of hand-engineered with learned.",
    ),
    el(
      "div",
      { class: "controls" },
      kit.choice(
        "Measure",
        Object.entries(measures).map(([name, { text }]) => [name, text]),
        "num_correct",
        show,
      ),
    ),
    table,
    kit.note(
      "ORB and SIFT need an orientation and a size for every point. The network's points have none of their own, so they get ORB's rule for the orientation: the intensity centroid.",
    ),
  );
  show("num_correct");
});
