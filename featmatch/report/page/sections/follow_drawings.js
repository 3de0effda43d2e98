// What is drawn of a point on its way: the pixels around it with marks, and numbers as cells.
"use strict";

(() => {
  const SIDE = 45; // px of the images that a patch shows
  const ORB_RADIUS = 15.5; // px of the disc that the orientation is taken from
  const RING = [
    ...[[0, -3], [1, -3], [2, -2], [3, -1], [3, 0], [3, 1], [2, 2], [1, 3]],
    ...[[0, 3], [-1, 3], [-2, 2], [-3, 1], [-3, 0], [-3, -1], [-2, -2], [-1, -3]],
  ];

  // A square part of an image, enlarged. shown() gives {pixels, columns, place, mark}: the picture, how
  // many pixels the image is wide, where the point lies in it, and what is drawn over it; null while
  // there is nothing to show.
  kit.patch = (size, label, shown) =>
    kit.canvas(
      size,
      size,
      (context, colors, width) => {
        context.fillStyle = colors.surface;
        context.fillRect(0, 0, width, width);
        const { pixels, columns, place, mark } = shown() ?? {};
        if (!pixels) return;
        const density = pixels.width / columns;
        const side = SIDE * density;
        const corner = place.map((value) => (value + 0.5 - SIDE / 2) * density);
        context.imageSmoothingEnabled = false;
        context.drawImage(pixels, ...corner, side, side, 0, 0, width, width);
        mark(context, width / SIDE, width / 2);
      },
      { label },
    );

  // Numbers as colored cells, `across` in a row; values() gives them, or null while there are none.
  kit.cells = (width, label, across, values) =>
    kit.canvas(
      width,
      Math.ceil((width * Math.ceil(values().length / across)) / across),
      (context, colors, present, height) => {
        const shown = values();
        if (!shown) {
          context.clearRect(0, 0, present, height);
          return;
        }
        const most = Math.max(...shown.map(Math.abs)) || 1;
        const side = present / across;
        shown.forEach((value, index) => {
          const [x, y] = [(index % across) * side, Math.floor(index / across) * side];
          context.fillStyle = colors.surface;
          context.fillRect(x, y, side - 1, side - 1);
          context.globalAlpha = Math.abs(value) / most;
          context.fillStyle = value < 0 ? colors.negative : colors.positive;
          context.fillRect(x, y, side - 1, side - 1);
          context.globalAlpha = 1;
        });
      },
      { label },
    );

  // Marks over a patch: mark(context, scale, middle).
  kit.marks = {
    // FAST's ring; those of its pixels that differ from the middle by more than the threshold are bold.
    ring({ center, ring }, threshold) {
      return (context, scale, middle) => {
        RING.forEach(([x, y], index) => {
          const differs = Math.abs(ring[index] - center) > threshold;
          context.lineWidth = differs ? 2.5 : 1;
          context.strokeStyle = differs ? kit.overPicture.orb : "#ffffff";
          context.strokeRect(middle + (x - 0.5) * scale, middle + (y - 0.5) * scale, scale, scale);
        });
      };
    },
    // The disc of an orientation, and the orientation.
    arrow({ angle }) {
      return (context, scale, middle) => {
        const tip = [Math.cos(angle), Math.sin(angle)].map((part) => middle + ORB_RADIUS * scale * part);
        for (const [width, color] of [[6, "rgb(0 0 0 / 60%)"], [3, kit.overPicture.orb]]) {
          context.lineWidth = width;
          context.strokeStyle = color;
          context.beginPath();
          context.arc(middle, middle, ORB_RADIUS * scale, 0, 2 * Math.PI);
          context.moveTo(middle, middle);
          context.lineTo(...tip);
          context.stroke();
        }
      };
    },
    cross: (color) => (context, _scale, middle) => kit.ring(context, [middle, middle], 8, color),
  };
})();
