// The network of the gradients' topic, in numbers of 64 bits: forward, backward, and changed.
"use strict";

(() => {
  const grid = (rows, columns, at) =>
    Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => at(r, c)));
  const total = (matrix) => matrix.flat().reduce((sum, value) => sum + value, 0);

  // The network in numbers of 64 bits; `parts` has patch, kernel, bias, weights, offset.
  function forward({ patch, kernel, bias, weights, offset }, target) {
    const side = patch.length - kernel.length + 1;
    const convolved = grid(side, side, (r, c) => bias + total(grid(3, 3, (u, v) => patch[r + u][c + v] * kernel[u][v])));
    const activated = convolved.map((row) => row.map(Math.tanh));
    const prediction = offset + total(grid(side, side, (r, c) => activated[r][c] * weights[r][c]));
    return { patch, kernel, bias, convolved, activated, weights, offset, prediction, loss: (prediction - target) ** 2 };
  }

  // The chain rule from the loss back to every number.
  function backward({ patch, kernel, activated, weights, prediction }, target) {
    const side = activated.length;
    const byPrediction = 2 * (prediction - target);
    const byActivated = weights.map((row) => row.map((weight) => byPrediction * weight));
    const byConvolved = grid(side, side, (r, c) => byActivated[r][c] * (1 - activated[r][c] ** 2));
    const byPatch = grid(patch.length, patch.length, (y, x) =>
      total(grid(side, side, (r, c) => byConvolved[r][c] * (kernel[y - r]?.[x - c] ?? 0))),
    );
    return {
      patch: byPatch,
      kernel: grid(3, 3, (u, v) => total(grid(side, side, (r, c) => byConvolved[r][c] * patch[r + u][c + v]))),
      bias: total(byConvolved),
      convolved: byConvolved,
      activated: byActivated,
      weights: activated.map((row) => row.map((value) => byPrediction * value)),
      offset: byPrediction,
      prediction: byPrediction,
      loss: 1,
    };
  }

  // The parts with one number changed; `place` is {name, row, column}.
  function changed(parts, { name, row, column }, change) {
    if (typeof parts[name] === "number") return { ...parts, [name]: parts[name] + change };
    const matrix = parts[name].map((line) => [...line]);
    matrix[row][column] += change;
    return { ...parts, [name]: matrix };
  }

  const element = (parts, { name, row, column }) =>
    typeof parts[name] === "number" ? parts[name] : parts[name][row][column];

  kit.patchNetwork = { forward, backward, changed, element };
})();
