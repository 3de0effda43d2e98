// Matches of ORB into a second view, right and wrong, with a slider of the ratio test.
"use strict";

(() => {
  const { el, number } = kit;

  // A circle for what is right, a cross for what is wrong.
  function mark(context, x, y, radius, right) {
    context.beginPath();
    if (right) context.arc(x, y, radius, 0, 2 * Math.PI);
    else {
      context.moveTo(x - radius, y - radius);
      context.lineTo(x + radius, y + radius);
      context.moveTo(x - radius, y + radius);
      context.lineTo(x + radius, y - radius);
    }
    context.stroke();
  }

  kit.keypointMatches = (data) => {
    const heading = el("h4", {}, "The same points in a second view");
    const { indices, ratios, errors, distances } = data.matches;
    if (!indices.length) return [heading, kit.note("ORB finds nothing in this picture that it finds again.")];
    let maxRatio = 0.85;
    let shown = "all";
    let near = null;
    const told = el("output", { class: "readout number" });
    const pointed = el("output", { class: "readout number" });
    const right = (m) => errors[m] <= data.max_error;
    const passing = () => indices.map((_, m) => m).filter((m) => ratios[m] < maxRatio || maxRatio === 1);
    const drawn = () => passing().filter((m) => shown === "all" || right(m) === (shown === "right"));
    const side = (picture, keypoints, column, label) =>
      kit.drawnOn(picture, label, (context, colors, scale) => {
        for (const m of drawn()) {
          const [x, y] = keypoints.points[indices[m][column]];
          context.lineWidth = m === near ? 4 : 2;
          context.strokeStyle = right(m) ? colors.series[1] : colors.series[0];
          mark(context, (x + 0.5) * scale, (y + 0.5) * scale, m === near ? 9 : 4, right(m));
        }
      }, { onpoint: (x, y) => choose(keypoints.points, column, x, y), maxWidth: 520 });
    const sides = [
      side(data.picture, data.keypoints, 0, "Your picture with the matched keypoints."),
      side(data.second_view, data.second_keypoints, 1, "The second view with the matched keypoints."),
    ];

    function choose(points, column, x, y) {
      const away = (m) => Math.hypot(points[indices[m][column]][0] - x, points[indices[m][column]][1] - y);
      near = drawn().reduce((best, m) => (best === null || away(m) < away(best) ? m : best), null);
      tell();
    }

    function tell() {
      pointed.textContent =
        near === null
          ? "Point at a keypoint to see its match in the other view."
          : `${distances[near]} of 256 bits differ, ratio ${number(ratios[near], 2)}; ${number(errors[near], 1)} pixels from where it should be: ${right(near) ? "right" : "wrong"}.`;
      for (const canvas of sides) canvas.redraw();
    }

    function show() {
      const kept = passing();
      const good = kept.filter(right).length;
      const all = indices.map((_, m) => m).filter(right).length;
      told.textContent =
        `${kept.length} matches, ${good} right (circles), ${kept.length - good} wrong (crosses)` +
        (kept.length ? `: ${number((100 * good) / kept.length, 0)} % right. The test keeps ${good} of the ${all} right ones that there are without it.` : ".");
      if (!drawn().includes(near)) near = null;
      tell();
    }

    show();
    return [
      heading,
      el(
        "p",
        {},
        "The second view is your picture turned by 25°, smaller, seen from the side, darker and with noise. As the map is known, " +
          `so is where each point has to be found: within ${number(data.max_error)} pixels counts as right.`,
      ),
      el(
        "div",
        { class: "controls" },
        kit.slider("Ratio test: nearest / second nearest below", { min: 0.4, max: 1, step: 0.01, value: maxRatio, format: (value) => number(value, 2) }, (value) => {
          maxRatio = value;
          show();
        }),
        kit.choice("Draw", [["all", "all"], ["right", "right ones"], ["wrong", "wrong ones"]], shown, (value) => {
          shown = value;
          show();
        }),
      ),
      told,
      el("div", { class: "pair" }, sides.map(({ node }) => node)),
      pointed,
    ];
  };
})();
