// kit.warp: the pixels of picture 0 where they lie in picture 1.
"use strict";

(() => {
  const MOST_PIXELS = 1_200_000; // of the drawing: as many as a large screen shows of it
  const MARGIN = 0.04; // around what both show, of its longer side

  // Returns {box, width, height, warped, fixed, covered}: the part [left, top, width, height] of
  // picture 1 that is drawn, in its pixels; both pictures as ImageData of that size, `warped` with
  // opacity 0 where picture 0 shows nothing; and the share of picture 1 that picture 0 covers.
  kit.warp = ({ pictures, images, related }) => {
    const box = commonBox(pictures, related);
    const scale = Math.min(pictures[1].width / pictures[1].size[0], Math.sqrt(MOST_PIXELS / (box[2] * box[3])));
    const [width, height] = [Math.max(1, Math.round(box[2] * scale)), Math.max(1, Math.round(box[3] * scale))];
    const step = [box[2] / width, box[3] / height];
    const fixed = canvasOf(width, height, (context) => {
      const [left, top, wide, high] = box;
      context.setTransform(width / wide, 0, 0, height / high, -left * (width / wide), -top * (height / high));
      context.drawImage(images[1], -0.5, -0.5, ...pictures[1].size);
    });
    const source = pixelsOf(pictures[0], images[0], finestStep(box, step, related));
    const warped = new ImageData(width, height);
    const num = resample(source, pictures[0].size, warped, ([i, j]) =>
      related.place(1, [box[0] + (i + 0.5) * step[0], box[1] + (j + 0.5) * step[1]]),
    );
    const covered = (num * step[0] * step[1]) / (pictures[1].size[0] * pictures[1].size[1]);
    return { box, width, height, warped, fixed, covered };
  };

  // What of picture 1 is near picture 0; all of it if nothing is.
  function commonBox(pictures, related) {
    const [[w0, h0], [w1, h1]] = pictures.map(({ size }) => size);
    const border = [...Array(21).keys()].flatMap((index) => {
      const [x, y] = [(index / 20) * w0 - 0.5, (index / 20) * h0 - 0.5];
      return [[x, -0.5], [x, h0 - 0.5], [-0.5, y], [w0 - 0.5, y]];
    });
    const placed = border.map((point) => related.place(0, point));
    const whole = [-0.5, -0.5, w1, h1];
    if (placed.some((point) => point === null)) return whole;
    const [xs, ys] = [0, 1].map((axis) => placed.map((point) => point[axis]));
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const more = MARGIN * Math.max(right - left, bottom - top);
    const clipped = (value, most) => Math.min(Math.max(value, -0.5), most - 0.5);
    const [x0, x1] = [clipped(left - more, w1), clipped(right + more, w1)];
    const [y0, y1] = [clipped(top - more, h1), clipped(bottom + more, h1)];
    return x1 - x0 > 1 && y1 - y0 > 1 ? [x0, y0, x1 - x0, y1 - y0] : whole;
  }

  // Pixels of picture 0 in a pixel of the drawing, in the middle of what is drawn.
  function finestStep([left, top, wide, high], [stepX], related) {
    const middle = related.place(1, [left + wide / 2, top + high / 2]);
    const local = middle && related.local(middle);
    if (!local) return 1;
    const [[a, b], [c, d]] = local;
    return stepX / Math.sqrt(Math.abs(a * d - b * c) || 1);
  }

  // Picture 0, averaged to about the size at which it is drawn; never enlarged.
  function pixelsOf({ size, width, height }, image, step) {
    const factor = Math.min(1, size[0] / width / Math.max(step, 1e-3)) || 1;
    const [columns, rows] = [Math.max(2, Math.round(width * factor)), Math.max(2, Math.round(height * factor))];
    return canvasOf(columns, rows, (context) => context.drawImage(image, 0, 0, columns, rows));
  }

  function canvasOf(width, height, draw) {
    const canvas = kit.el("canvas", { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    draw(context);
    return context.getImageData(0, 0, width, height);
  }

  // Fill `target` with bilinear samples of `source` at the places that place([i, j]) tells, in px of
  // a picture of this size; returns how many pixels lie inside of it.
  function resample(source, [w, h], target, place) {
    const [fx, fy] = [source.width / w, source.height / h];
    const { data, width: stride } = source;
    let num = 0;
    for (let j = 0; j < target.height; j += 1) {
      for (let i = 0; i < target.width; i += 1) {
        const point = place([i, j]);
        if (!point) continue;
        const x = (point[0] + 0.5) * fx - 0.5;
        const y = (point[1] + 0.5) * fy - 0.5;
        if (!(x >= -0.5 && y >= -0.5 && x <= source.width - 0.5 && y <= source.height - 0.5)) continue;
        const x0 = Math.min(Math.max(Math.floor(x), 0), source.width - 2);
        const y0 = Math.min(Math.max(Math.floor(y), 0), source.height - 2);
        const [s, t] = [Math.min(Math.max(x - x0, 0), 1), Math.min(Math.max(y - y0, 0), 1)];
        const from = 4 * (y0 * stride + x0);
        const to = 4 * (j * target.width + i);
        for (let channel = 0; channel < 3; channel += 1) {
          const at = from + channel;
          const upper = data[at] * (1 - s) + data[at + 4] * s;
          const lower = data[at + 4 * stride] * (1 - s) + data[at + 4 * stride + 4] * s;
          target.data[to + channel] = upper * (1 - t) + lower * t;
        }
        target.data[to + 3] = 255;
        num += 1;
      }
    }
    return num;
  }
})();
