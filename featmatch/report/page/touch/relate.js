// kit.relate: where a point of one picture lies in the other, as a relation of them says.
"use strict";

(() => {
  const STEP = 0.5; // px to each side of a point, between which a map's derivative is taken

  // sizes: [width, height] of both pictures. Of what is returned, `side` is 0 or 1, the picture that
  // the point [x, y] is in:
  // isMap, isLines: whether points have a place, or a line, in the other picture;
  // place(side, point): where it lies there, or null;
  // line(side, point): [a, b, c] of the line a x + b y + c = 0 on which it lies there, or null;
  // local(point): the 2 x 2 matrix that takes offsets around a point of picture 0 to offsets in
  // picture 1, or null.
  kit.relate = (relation, sizes) => {
    const { homography, fundamental, lattice } = relation;
    const maps = homography
      ? mapsOfMatrix(homography, relation, sizes)
      : lattice && [
          ofLattice(lattice.forward, sizes[0]),
          ofLattice(lattice.backward, sizes[1]),
        ];
    const lines = fundamental && [fundamental, transposed(fundamental)];
    const place = (side, point) => (maps ? maps[side](point) : null);
    return {
      isMap: Boolean(maps),
      isLines: Boolean(lines),
      place,
      line: (side, [x, y]) => (lines ? times(lines[side], [x, y, 1]) : null),
      local: (point) => (maps ? derivative((p) => place(0, p), point) : null),
    };
  };

  // The 2 x 2 inverse; null where there is none to speak of.
  kit.inverse2 = ([[a, b], [c, d]]) => {
    const determinant = a * d - b * c;
    if (!(Math.abs(determinant) > 1e-9)) return null;
    return [
      [d / determinant, -b / determinant],
      [-c / determinant, a / determinant],
    ];
  };

  // Both ends of a line a x + b y + c = 0 inside a picture; null if it does not cross the picture.
  kit.lineInside = ([a, b, c], [width, height]) => {
    const [left, top, right, bottom] = [-0.5, -0.5, width - 0.5, height - 0.5];
    const atX = (x) => [x, -(a * x + c) / b];
    const atY = (y) => [-(b * y + c) / a, y];
    const steep = Math.abs(a) > Math.abs(b);
    let ends = steep ? [atY(top), atY(bottom)] : [atX(left), atX(right)];
    const along = steep ? 0 : 1;
    const [low, high] = steep ? [left, right] : [top, bottom];
    ends = ends.map((end) => {
      const value = Math.min(Math.max(end[along], low), high);
      return value === end[along] ? end : steep ? atX(value) : atY(value);
    });
    const inside = ([x, y]) =>
      x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1; // rounding aside
    return ends.every((end) => end.every(Number.isFinite) && inside(end)) ? ends : null;
  };

  const times = (matrix, vector) =>
    matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i], 0));
  const transposed = (matrix) => matrix[0].map((_, column) => matrix.map((row) => row[column]));

  // A homography there and back; null beyond the horizon as seen from the points that agree.
  function mapsOfMatrix(matrix, { points0, points1, inliers }, sizes) {
    const back = inverse3(matrix);
    return [
      ofMatrix(matrix, agreeing(points0, inliers, sizes[0])),
      ofMatrix(back, agreeing(points1, inliers, sizes[1])),
    ];
  }

  function agreeing(points, inliers, [width, height]) {
    const found = points.filter((_, index) => inliers[index]);
    return found.length ? found : [[width / 2, height / 2]];
  }

  function ofMatrix(matrix, seen) {
    const depth = ([x, y]) => times([matrix[2]], [x, y, 1])[0];
    const inFront = seen.filter((point) => depth(point) > 0).length;
    const sign = 2 * inFront >= seen.length ? 1 : -1;
    return ([x, y]) => {
      const [u, v, w] = times(matrix, [x, y, 1]);
      return w * sign > 0 ? [u / w, v / w] : null;
    };
  }

  // A map by samples at evenly spaced nodes, the first and the last at the picture's outer corners.
  function ofLattice(nodes, [width, height]) {
    const rows = nodes.length - 1;
    const columns = nodes[0].length - 1;
    return ([x, y]) => {
      const u = ((x + 0.5) / width) * columns;
      const v = ((y + 0.5) / height) * rows;
      if (!(u >= 0 && v >= 0 && u <= columns && v <= rows)) return null;
      const [i, j] = [Math.min(Math.floor(u), columns - 1), Math.min(Math.floor(v), rows - 1)];
      const corners = [nodes[j][i], nodes[j][i + 1], nodes[j + 1][i], nodes[j + 1][i + 1]];
      if (corners.some((corner) => corner[0] === null || corner[1] === null)) return null;
      const [s, t] = [u - i, v - j];
      const weights = [(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t];
      return [0, 1].map((axis) =>
        weights.reduce((sum, weight, index) => sum + weight * corners[index][axis], 0),
      );
    };
  }

  function derivative(map, [x, y]) {
    const ends = [
      [map([x - STEP, y]), map([x + STEP, y])],
      [map([x, y - STEP]), map([x, y + STEP])],
    ];
    if (ends.flat().some((end) => end === null)) return null;
    return [0, 1].map((axis) =>
      ends.map(([before, after]) => (after[axis] - before[axis]) / (2 * STEP)),
    );
  }

  function inverse3([[a, b, c], [d, e, f], [g, h, i]]) {
    const cofactors = [
      [e * i - f * h, c * h - b * i, b * f - c * e],
      [f * g - d * i, a * i - c * g, c * d - a * f],
      [d * h - e * g, b * g - a * h, a * e - b * d],
    ];
    const determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0];
    return cofactors.map((row) => row.map((value) => value / determinant));
  }
})();
