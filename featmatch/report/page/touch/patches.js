// kit.touchPatches: the surroundings of a point and of its partner, enlarged to the same scale.
"use strict";

(() => {
  const { el } = kit;
  const SIDE = 240; // CSS px of an enlarged patch, where there is room
  const RADIUS = 20; // pixels of the coarser picture from the middle to the border
  const UNMOVED = [
    [1, 0],
    [0, 1],
  ];

  // spot() tells what is chosen: `ends` in both pictures, each may be null, and `local`, the matrix
  // of the surroundings; or null. `expected` is where the model has the partner of a match.
  kit.touchPatches = (view, spot) => {
    const canvases = [0, 1].map((side) =>
      kit.canvas(SIDE, SIDE, (context, colors, width) => draw(context, colors, width, side), {
        label: `What is chosen in picture ${side}, enlarged.`,
      }),
    );
    const captions = ["Picture 0", view.related.isMap ? "Picture 1, laid over it" : "Picture 1, turned alike"];

    function draw(context, colors, width, side) {
      context.fillStyle = colors.surface;
      context.fillRect(0, 0, width, width);
      const chosen = spot();
      const end = chosen?.ends[side];
      if (!end || !view.images) return;
      const { zoom, turn } = scaleOf(chosen, side, width);
      const [[a, c], [b, d]] = turn.map((row) => row.map((value) => value * zoom));
      const at = ([x, y]) => [
        width / 2 + a * (x - end[0]) + c * (y - end[1]),
        width / 2 + b * (x - end[0]) + d * (y - end[1]),
      ];
      const [columns, rows] = view.pictures[side].size;
      context.save();
      context.transform(a, b, c, d, ...at([0, 0]));
      context.imageSmoothingQuality = "high";
      context.drawImage(view.images[side], -0.5, -0.5, columns, rows);
      context.restore();
      hairs(context, width, kit.touchColors.chosen);
      if (side === 1 && chosen.expected) kit.ring(context, at(chosen.expected), 5, "#ffffff");
    }

    // CSS px for a pixel of picture 0, and the matrix that takes offsets to those of picture 0.
    function scaleOf({ local }, side, width) {
      const back = local && kit.inverse2(local);
      const [[a, b], [c, d]] = back ? local : UNMOVED;
      const grown = Math.sqrt(Math.abs(a * d - b * c));
      const [pixel0, pixel1] = view.pictures.map(({ size, width: columns }) => size[0] / columns);
      const radius = RADIUS * Math.max(pixel0, pixel1 / grown);
      return { zoom: width / (2 * radius), turn: side === 1 && back ? back : UNMOVED };
    }

    const node = el(
      "div",
      { class: "patches" },
      canvases.map((canvas, side) =>
        el("figure", {}, canvas.node, el("figcaption", {}, captions[side])),
      ),
    );
    const redraw = () => {
      for (const canvas of canvases) canvas.redraw();
    };
    return { node, redraw };
  };

  // Cross hairs that leave the middle free.
  function hairs(context, width, color) {
    const [middle, gap, end] = [width / 2, 6, 18];
    for (const [style, thickness] of [
      ["rgb(0 0 0 / 55%)", 3],
      [color, 1.5],
    ]) {
      context.strokeStyle = style;
      context.lineWidth = thickness;
      context.beginPath();
      for (const sign of [-1, 1]) {
        context.moveTo(middle + sign * gap, middle);
        context.lineTo(middle + sign * end, middle);
        context.moveTo(middle, middle + sign * gap);
        context.lineTo(middle, middle + sign * end);
      }
      context.stroke();
    }
  }
})();
