// Keypoints: FAST corners, Harris response, and what ORB keeps of them.
"use strict";

(() => {
  const { el, number } = kit;
  const ORB_THRESHOLD = 5; // gray levels

  kit.topic("keypoints", (root, data) => {
    root.append(...found(data), ...kit.keypointCloseups(data), ...kit.keypointMatches(data));
  });

  function found(data) {
    const scores = data.fast.map(([, , score]) => score);
    const highest = Math.max(data.fast_lowest, ...scores);
    let threshold = data.fast_lowest;
    let shown = "fast";
    const told = el("output", { class: "readout" });
    const canvas = kit.drawnOn(data.picture, "The picture with the keypoints found.", draw, {
      others: [data.harris],
      which: () => (shown === "harris" ? 1 : 0),
    });
    const slider = kit.slider(
      "Threshold of FAST, gray levels",
      { min: data.fast_lowest, max: highest, value: threshold },
      (value) => {
        threshold = value;
        show();
      },
    );

    function draw(context, colors, scale) {
      const place = (value) => (value + 0.5) * scale;
      context.lineWidth = 1.5;
      context.strokeStyle = shown === "harris" ? colors.series[3] : colors.series[0];
      context.beginPath();
      if (shown === "orb") {
        const { points, sizes, angles } = data.keypoints;
        points.forEach(([x, y], i) => {
          const radius = (sizes[i] / 6) * scale;
          context.moveTo(place(x) + radius, place(y));
          context.arc(place(x), place(y), radius, 0, 2 * Math.PI);
          context.moveTo(place(x), place(y));
          context.lineTo(place(x) + radius * Math.cos(angles[i]), place(y) + radius * Math.sin(angles[i]));
        });
      } else if (shown === "fast") {
        for (const [x, y, score] of data.fast) {
          if (score >= threshold) context.rect(place(x) - 2.5, place(y) - 2.5, 5, 5);
        }
      }
      context.stroke();
    }

    function show() {
      const texts = {
        fast: `${number(scores.filter((score) => score >= threshold).length)} corners: nine or more pixels in a row, of a ring of 16, are brighter or darker than the middle by more than ${threshold}. Listed are the strongest, from ${data.fast_lowest} on: there the slider begins. ORB itself asks for ${ORB_THRESHOLD} alone, and lets Harris choose.`,
        harris: "White where brightness changes in all directions, gray where it is even, black along edges. ORB keeps the corners with the highest response.",
        orb: `${number(data.keypoints.points.length)} keypoints that ORB kept, over eight scales and spread over the picture; a circle is a third of what is described, its hand the orientation.`,
      };
      told.textContent = texts[shown];
      slider.style.display = shown === "fast" ? "" : "none";
      canvas.redraw();
    }

    show();
    return [
      el(
        "div",
        { class: "controls" },
        kit.choice("Show", [["fast", "FAST corners"], ["harris", "Harris response"], ["orb", "ORB's keypoints"]], shown, (value) => {
          shown = value;
          show();
        }),
        slider,
      ),
      canvas.node,
      told,
    ];
  }
})();
