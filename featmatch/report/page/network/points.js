// What maps hold at a point of the picture.
"use strict";

(() => {
  // The numbers of all maps of a layer in the unit that a point of the picture, so wide, lies in.
  kit.unitOf = ({ width, height, planes }, at, pictureWidth) => {
    const stride = 2 ** Math.round(Math.log2(pictureWidth / width));
    const [x, y] = at.map((value, axis) => Math.min(Math.floor((value + 0.5) / stride), [width, height][axis] - 1));
    return planes.map((plane) => plane[y * width + x]);
  };

  // A square of a map as fine as the picture, around a point of it; 0 beyond the map.
  kit.around = ({ width, height, planes: [plane] }, at, side) => {
    const [x, y] = at.map((value) => Math.round(value) - (side - 1) / 2);
    const inside = (column, row) => column >= 0 && row >= 0 && column < width && row < height;
    return Array.from({ length: side }, (_, r) =>
      Array.from({ length: side }, (__, c) => (inside(x + c, y + r) ? plane[(y + r) * width + x + c] : 0)),
    );
  };
})();
