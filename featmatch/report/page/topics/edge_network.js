// The small network of the training topic: its task, its forward and backward pass, and Adam.
"use strict";

(() => {
  const PATCH = 7; // px, side of what it sees
  const SLOPE = 0.1; // of the leaky ReLU below 0
  const BETAS = [0.9, 0.999]; // of Adam

  // Numbers that look random and are the same every time (mulberry32), and normal ones.
  function random(seed) {
    let state = seed >>> 0;
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal, below: (count) => Math.floor(uniform() * count) };
  }

  const deviation = (values, mean) => Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  // The picture with noise, and the strength of its edges without: zero mean, unit deviation.
  kit.edgeTask = ({ width, height, levels }, noise, strip) => {
    const mean = meanOf(levels);
    const contrast = deviation(levels, mean) + 5;
    const clean = Float32Array.from(levels, (level) => (level - mean) / contrast);
    const at = (x, y) => clean[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)];
    const lengths = clean.map((_, place) => {
      const [x, y] = [place % width, Math.floor(place / width)];
      const column = (dx) => at(x + dx, y - 1) + 2 * at(x + dx, y) + at(x + dx, y + 1);
      const row = (dy) => at(x - 1, y + dy) + 2 * at(x, y + dy) + at(x + 1, y + dy);
      return Math.hypot(column(1) - column(-1), row(1) - row(-1));
    });
    const [middle, spread] = [meanOf(lengths), Math.max(deviation(lengths, meanOf(lengths)), 1e-3)];
    const { normal } = random(0);
    return {
      ...{ width, height, strip },
      noisy: clean.map((value) => value + noise * normal()),
      edges: lengths.map((value) => (value - middle) / spread),
    };
  };

  // Draw patches from the strips that are learned from, or from those that are held out.
  function examples({ width, height, strip, noisy, edges }, count, heldOut, chance) {
    const lefts = Array.from({ length: width - PATCH + 1 }, (_, x) => x).filter(
      (x) => Math.floor(x / strip) === Math.floor((x + PATCH - 1) / strip) && Math.floor(x / strip) % 2 === Number(heldOut),
    );
    return Array.from({ length: count }, () => {
      const [x, y] = [lefts[chance.below(lefts.length)], chance.below(height - PATCH + 1)];
      const patch = new Float32Array(PATCH * PATCH);
      for (let row = 0; row < PATCH; row += 1) patch.set(noisy.subarray((y + row) * width + x, (y + row) * width + x + PATCH), row * PATCH);
      return { patch, target: edges[(y + 3) * width + x + 3] };
    });
  }

  // A network of `kernels` kernels that learns from `count` examples, `batch` at a time.
  kit.edgeNetwork = (task, { kernels, count, batch, rate }) => {
    const chance = random(1);
    const own = examples(task, count, false, chance);
    const other = examples(task, 800, true, random(2));
    const size = PATCH * PATCH;
    const offset = kernels * (size + 2); // where the last parameter lies
    const parameters = new Float32Array(offset + 1);
    for (let at = 0; at < kernels * size; at += 1) parameters[at] = 0.1 * Math.sqrt(2 / size) * chance.normal();
    for (let at = kernels * (size + 1); at < offset; at += 1) parameters[at] = Math.sqrt(2 / kernels) * chance.normal();
    const [first, second] = [new Float32Array(parameters.length), new Float32Array(parameters.length)];
    const sums = new Float32Array(kernels);
    let steps = 0;

    // Kernels lie first, then a bias for each, a weight for each, and the last offset.
    function answer(patch) {
      let told = parameters[offset];
      for (let kernel = 0; kernel < kernels; kernel += 1) {
        let sum = parameters[kernels * size + kernel];
        for (let at = 0; at < size; at += 1) sum += parameters[kernel * size + at] * patch[at];
        sums[kernel] = sum;
        told += parameters[kernels * (size + 1) + kernel] * (sum < 0 ? SLOPE * sum : sum);
      }
      return told;
    }

    function addGradient(gradient, { patch, target }, share) {
      const by = 2 * share * (answer(patch) - target);
      gradient[offset] += by;
      for (let kernel = 0; kernel < kernels; kernel += 1) {
        const sum = sums[kernel];
        const weight = kernels * (size + 1) + kernel;
        gradient[weight] += by * (sum < 0 ? SLOPE * sum : sum);
        const bySum = by * parameters[weight] * (sum < 0 ? SLOPE : 1);
        gradient[kernels * size + kernel] += bySum;
        for (let at = 0; at < size; at += 1) gradient[kernel * size + at] += bySum * patch[at];
      }
    }

    function step(part) {
      const gradient = new Float32Array(parameters.length);
      for (const example of part) addGradient(gradient, example, 1 / part.length);
      steps += 1;
      gradient.forEach((value, at) => {
        first[at] = BETAS[0] * first[at] + (1 - BETAS[0]) * value;
        second[at] = BETAS[1] * second[at] + (1 - BETAS[1]) * value * value;
        const mean = first[at] / (1 - BETAS[0] ** steps);
        parameters[at] -= (rate * mean) / (Math.sqrt(second[at] / (1 - BETAS[1] ** steps)) + 1e-8);
      });
    }

    function epoch() {
      const order = [...own];
      for (let last = order.length - 1; last > 0; last -= 1) {
        const place = chance.below(last + 1);
        [order[last], order[place]] = [order[place], order[last]];
      }
      for (let start = 0; start < order.length; start += batch) step(order.slice(start, start + batch));
    }

    const loss = (set) => meanOf(set.map(({ patch, target }) => (answer(patch) - target) ** 2));
    return {
      epoch,
      losses: () => ({ own: loss(own), other: loss(other) }),
      average: deviation(other.map(({ target }) => target), meanOf(other.map(({ target }) => target))) ** 2,
      numParameters: parameters.length,
      stepsAnEpoch: Math.ceil(count / batch),
      kernels: () => Array.from({ length: kernels }, (_, kernel) => parameters.slice(kernel * size, (kernel + 1) * size)),
    };
  };
  kit.edgeNetwork.patch = PATCH;
})();
