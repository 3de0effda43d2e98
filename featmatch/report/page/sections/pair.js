// Both images with the points and matches of one method at a time.
"use strict";

kit.section("pair", "The pair: points and matches", (root, { pair, contrast }) => {
  const { el, number, placer } = kit;
  const { image0, image1 } = pair;
  const GAP = 12;
  const NEAR = 24; // CSS px: how near the pointer has to be to choose a match
  const narrow = matchMedia("(max-width: 40rem)");
  const state = { method: contrast.methods[0], show: "matches", images: null, chosen: null };
  const readout = el("output", { class: "readout", "aria-live": "polite" });
  const stage = el("div");
  let canvas = null;

  // Where both images lie on a drawing of this width: side by side, or one above the other.
  function layout(width) {
    const [w0, h0] = image0.size;
    const [w1, h1] = image1.size;
    if (narrow.matches) {
      const top = (width * h0) / w0 + GAP;
      return {
        boxes: [
          [0, 0, width],
          [0, top, width],
        ],
        height: top + (width * h1) / w1,
      };
    }
    const side = (width - GAP) / 2;
    const height = Math.max((side * h0) / w0, (side * h1) / w1);
    return {
      boxes: [
        [0, 0, side],
        [side + GAP, 0, side],
      ],
      height,
    };
  }

  function placers(width) {
    return layout(width).boxes.map(([left, top, side], index) =>
      placer([image0, image1][index].size, side, left, top),
    );
  }

  // The matches to show: index, and the colors of right, wrong and unknown.
  function shownMatches() {
    const { matches, correct } = state.method;
    const wanted = { matches: () => true, right: (c) => c === true, wrong: (c) => c === false };
    const wants = wanted[state.show];
    return wants ? matches.map((_, i) => i).filter((i) => wants(correct?.[i] ?? null)) : [];
  }

  function matchColor(index) {
    const { name, correct } = state.method;
    if (!correct) return kit.overPicture[name];
    return correct[index] ? kit.overPicture.right : kit.overPicture.wrong;
  }

  function draw(context, colors, width) {
    const { boxes } = layout(width);
    boxes.forEach(([left, top, side], index) => {
      const { size } = [image0, image1][index];
      const picture = state.images?.[index];
      context.fillStyle = colors.surface;
      context.fillRect(left, top, side, (side * size[1]) / size[0]);
      if (picture) context.drawImage(picture, left, top, side, (side * size[1]) / size[0]);
    });
    const [place0, place1] = placers(width);
    if (state.show === "points") {
      context.fillStyle = kit.overPicture[state.method.name];
      for (const [points, place] of [
        [state.method.points0, place0],
        [state.method.points1, place1],
      ]) {
        for (const point of points) context.fillRect(...place(point).map((v) => v - 1.5), 3, 3);
      }
      return;
    }
    const ends = ([x0, y0, x1, y1]) => [place0([x0, y0]), place1([x1, y1])];
    context.lineWidth = 1;
    context.globalAlpha = state.chosen === null ? 0.6 : 0.15;
    for (const index of shownMatches()) {
      const wrong = state.method.correct?.[index] === false;
      context.setLineDash(wrong ? [6, 4] : []);
      line(context, ends(state.method.matches[index]), matchColor(index));
    }
    context.setLineDash([]);
    context.globalAlpha = state.chosen === null ? 1 : 0.3;
    for (const index of shownMatches())
      for (const place of ends(state.method.matches[index])) end(context, place, index);
    context.globalAlpha = 1;
    if (state.chosen !== null) {
      const found = ends(state.method.matches[state.chosen]);
      context.lineWidth = 2.5;
      line(context, found, matchColor(state.chosen));
      for (const place of found) kit.ring(context, place, 6, matchColor(state.chosen));
    }
  }

  function line(context, [from, to], color) {
    context.strokeStyle = color;
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  }

  // A dot with a rim for a right match, a cross for a wrong one: shape tells what color may not.
  function end(context, [x, y], index) {
    if (state.method.correct?.[index] === false) {
      context.lineWidth = 1.5;
      line(context, [[x - 3, y - 3], [x + 3, y + 3]], matchColor(index));
      line(context, [[x - 3, y + 3], [x + 3, y - 3]], matchColor(index));
      return;
    }
    for (const [radius, color] of [[3, "#ffffff"], [2, matchColor(index)]]) {
      context.fillStyle = color;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }

  function choose(x, y, _kind, width) {
    const [place0, place1] = placers(width);
    let nearest = NEAR;
    state.chosen = null;
    for (const index of shownMatches()) {
      const [x0, y0, x1, y1] = state.method.matches[index];
      for (const [px, py] of [place0([x0, y0]), place1([x1, y1])]) {
        const distance = Math.hypot(px - x, py - y);
        if (distance < nearest) [nearest, state.chosen] = [distance, index];
      }
    }
    tell();
  }

  function tell() {
    const {
      label,
      matches,
      correct,
      num_keypoints: counts,
      num_correct: numCorrect,
    } = state.method;
    if (state.chosen !== null) {
      const [x0, y0, x1, y1] = matches[state.chosen].map((value) => number(value, 1));
      const truth = correct ? (correct[state.chosen] ? ": right" : ": wrong") : "";
      readout.textContent = `(${x0}, ${y0}) → (${x1}, ${y1})${truth}`;
    } else if (state.show === "points") {
      readout.textContent = `${label}: ${number(counts[0])} and ${kit.counted(counts[1], "point")}.`;
    } else {
      const right = numCorrect == null ? "" : `, ${number(numCorrect)} of them right (within 3 px)`;
      readout.textContent = `${label}: ${matches.length === 1 ? "1 match" : `${number(matches.length)} matches`}${right}.`;
    }
    canvas.redraw();
  }

  function build() {
    const width = narrow.matches ? 640 : 1224;
    const label = `The two images, ${image0.name} and ${image1.name}, with the chosen points or matches.`;
    canvas = kit.canvas(width, layout(width).height, draw, { label, onpoint: choose });
    stage.replaceChildren(canvas.node);
    tell();
  }

  const change = (name) => (value) => {
    state[name] = value;
    state.chosen = null;
    tell();
  };
  const known = contrast.methods.some(({ correct }) => correct);
  const shows = [
    ["points", "points"],
    ["matches", "matches"],
    ...(known
      ? [
          ["right", "right ones"],
          ["wrong", "wrong ones"],
        ]
      : []),
  ];
  root.append(
    el(
      "p",
      {},
      "Every method finds its strongest points in both images. Two of them become a match if each is nearest to the other, and clearly nearer than the second. Point at the end of a line to single out its match.",
    ),
    el(
      "div",
      { class: "controls" },
      kit.choice(
        "Method",
        contrast.methods.map((method) => [method, method.label]),
        state.method,
        change("method"),
      ),
      kit.choice("Show", shows, state.show, change("show")),
    ),
    stage,
    readout,
    known
      ? legend()
      : kit.note(
          "How these two images relate is not known, so right and wrong matches cannot be told apart.",
        ),
  );
  narrow.addEventListener("change", build);
  build();
  kit.whenLoaded([image0.pixels, image1.pixels], (images) => {
    state.images = images;
    canvas.redraw();
  });

  function legend() {
    const item = (color, text) =>
      el("li", {}, el("span", { class: "dot", style: `background: ${color}` }), text);
    return el(
      "ul",
      { class: "legend" },
      item(kit.overPicture.right, "a right match: within 3 px of the truth, with dots"),
      item(kit.overPicture.wrong, "a wrong match: dashed, with crosses"),
    );
  }
});
