// Gray pictures as numbers: kit.grayLevels; numbers as gray pictures: kit.grayMap, and kit.loupe to
// look at single ones.
"use strict";

(() => {
  const { el, number } = kit;
  const CLIPPED = 0.02; // of the numbers are black, as many white, where outliers would darken all
  const SAMPLES = 4096; // numbers that the limits are found from

  // The gray levels of a gray picture: {width, height, levels}.
  kit.grayLevels = async (picture) => {
    const { width, height } = picture;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(await kit.loaded(picture), 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, levels: Uint8Array.from({ length: width * height }, (_, at) => data[4 * at]) };
  };

  // A plane {values, width, height} as a canvas of a pixel a number: {canvas, low, high}. With
  // `whole`, black is the lowest and white the highest number of all.
  kit.grayMap = ({ values, width, height }, { whole = false } = {}) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const [low, high] = limits(values, whole ? 0 : CLIPPED);
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(width, height);
    const span = high - low || 1;
    values.forEach((value, at) => {
      pixels.data.fill((255 * (value - low)) / span, 4 * at, 4 * at + 3);
      pixels.data[4 * at + 3] = 255;
    });
    context.putImageData(pixels, 0, 0);
    return { canvas, low, high };
  };

  function limits(values, share) {
    const step = share ? Math.max(1, Math.floor(values.length / SAMPLES)) : 1;
    const sorted = values.filter((_, at) => at % step === 0).sort();
    const place = Math.round(share * (sorted.length - 1));
    return [sorted[place], sorted[sorted.length - 1 - place]];
  }

  // A square part of a map, enlarged, around the number pointed at. at() gives {values, width,
  // height, gray, x, y} or nothing; mark(context, place) draws over it, place([x, y]) being where
  // the center of a number lies.
  kit.loupe = (label, { at, mark, sides = [16, 32, 64], width = 320 }) => {
    let side = sides[1];
    const told = el("output", { class: "readout number" });
    const drawing = kit.canvas(
      width,
      width,
      (context, colors, shown) => {
        context.fillStyle = colors.surface;
        context.fillRect(0, 0, shown, shown);
        const map = at();
        if (!map) return;
        const scale = shown / side;
        const [left, top] = [map.x, map.y].map((center) => center - Math.floor(side / 2));
        context.imageSmoothingEnabled = false;
        context.drawImage(map.gray.canvas, left, top, side, side, 0, 0, shown, shown);
        mark?.(context, ([x, y]) => [(x + 0.5 - left) * scale, (y + 0.5 - top) * scale]);
        context.lineWidth = 2;
        context.strokeStyle = colors.accent;
        context.strokeRect((map.x - left) * scale, (map.y - top) * scale, scale, scale);
        told.textContent = `Unit (${map.x}, ${map.y}): ${number(map.values[map.y * map.width + map.x], 3)}`;
      },
      { label },
    );
    const zoom = kit.choice("Units along a side", sides.map((one) => [one, String(one)]), side, (one) => {
      side = one;
      drawing.redraw();
    });
    return { node: el("div", { class: "loupe" }, drawing.node, el("div", { class: "controls" }, zoom), told), redraw: drawing.redraw };
  };
})();
