// What the network is made of, on planes of numbers: {count, width, height, planes}.
"use strict";

(() => {
  const blank = (count, width, height) => ({
    ...{ count, width, height },
    planes: Array.from({ length: count }, () => new Float32Array(width * height)),
  });

  // A plane with a border of `margin` zeros around it.
  function padded({ planes, width, height }, margin) {
    const stride = width + 2 * margin;
    return planes.map((plane) => {
      const wider = new Float32Array(stride * (height + 2 * margin));
      for (let y = 0; y < height; y += 1) {
        wider.set(plane.subarray(y * width, (y + 1) * width), (y + margin) * stride + margin);
      }
      return wider;
    });
  }

  // The sums of a row of 3 × 3 windows, which three rows of the padded plane are above.
  function addThree(sums, plane, stride, width, height, w) {
    const [a, b, c, d, e, f, g, h, i] = w;
    for (let y = 0; y < height; y += 1) {
      let top = y * stride;
      let middle = top + stride;
      let bottom = middle + stride;
      const end = (y + 1) * width;
      for (let at = y * width; at < end; at += 1, top += 1, middle += 1, bottom += 1) {
        sums[at] +=
          a * plane[top] + b * plane[top + 1] + c * plane[top + 2] +
          d * plane[middle] + e * plane[middle + 1] + f * plane[middle + 2] +
          g * plane[bottom] + h * plane[bottom + 1] + i * plane[bottom + 2];
      }
    }
  }

  // A convolution of odd size k with zeros around the maps; weights are [k][k][in][out] in a row.
  async function convolve(maps, { weights, bias }, pause) {
    const [size, , inputs, outputs] = weights.shape;
    const values = kit.halfNumbers(weights);
    const offsets = kit.halfNumbers(bias);
    const { width, height } = maps;
    const margin = (size - 1) / 2;
    const planes = margin ? padded(maps, margin) : maps.planes;
    const made = blank(outputs, width, height);
    for (let output = 0; output < outputs; output += 1) {
      const sums = made.planes[output].fill(offsets[output]);
      for (let input = 0; input < inputs; input += 1) {
        const taps = Array.from({ length: size * size }, (_, tap) => values[(tap * inputs + input) * outputs + output]);
        if (margin) addThree(sums, planes[input], width + 2, width, height, taps);
        else for (let at = 0; at < sums.length; at += 1) sums[at] += taps[0] * planes[input][at];
      }
      await pause();
    }
    return made;
  }

  function activate(maps, { activation, slope }) {
    const bend = {
      tanh: Math.tanh,
      sigmoid: (value) => 1 / (1 + Math.exp(-value)),
    }[activation];
    const planes = maps.planes.map((plane) => (bend ? plane.map(bend) : plane.map((value) => (value < 0 ? slope * value : value))));
    return { ...maps, planes };
  }

  // The means of 2 × 2 numbers.
  function halve({ count, width, height, planes }) {
    const made = blank(count, width / 2, height / 2);
    planes.forEach((plane, channel) => {
      for (let y = 0; y < made.height; y += 1) {
        for (let x = 0; x < made.width; x += 1) {
          const at = 2 * y * width + 2 * x;
          made.planes[channel][y * made.width + x] = (plane[at] + plane[at + 1] + plane[at + width] + plane[at + width + 1]) / 4;
        }
      }
    });
    return made;
  }

  // Twice as wide and high, bilinearly: new centers are a quarter off the old ones.
  function double({ count, width, height, planes }) {
    const made = blank(count, 2 * width, 2 * height);
    planes.forEach((plane, channel) => {
      const at = (x, y) => plane[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)];
      for (let y = 0; y < 2 * height; y += 1) {
        const row = y >> 1;
        const other = y % 2 ? row + 1 : row - 1;
        for (let x = 0; x < 2 * width; x += 1) {
          const column = x >> 1;
          const beside = x % 2 ? column + 1 : column - 1;
          const near = 0.75 * at(column, row) + 0.25 * at(beside, row);
          const far = 0.75 * at(column, other) + 0.25 * at(beside, other);
          made.planes[channel][y * 2 * width + x] = 0.75 * near + 0.25 * far;
        }
      }
    });
    return made;
  }

  const add = (one, other) => ({
    ...one,
    planes: one.planes.map((plane, channel) => plane.map((value, at) => value + other.planes[channel][at])),
  });

  // 2 × 2 pixels into four channels, and back.
  function fold({ width, height, planes: [plane] }) {
    const made = blank(4, width / 2, height / 2);
    plane.forEach((value, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      made.planes[2 * (y % 2) + (x % 2)][(y >> 1) * made.width + (x >> 1)] = value;
    });
    return made;
  }

  function unfold({ width, height, planes }) {
    const made = blank(1, 2 * width, 2 * height);
    made.planes[0].forEach((_, at, plane) => {
      const [x, y] = [at % made.width, Math.floor(at / made.width)];
      plane[at] = planes[2 * (y % 2) + (x % 2)][(y >> 1) * width + (x >> 1)];
    });
    return made;
  }

  // The smallest binomial filter: what is outside counts as zero.
  function smooth(maps) {
    const { width, height } = maps;
    const made = blank(1, width, height);
    const [wider] = padded(maps, 1);
    const stride = width + 2;
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        let sum = 0;
        for (let dy = 0; dy < 3; dy += 1) {
          for (let dx = 0; dx < 3; dx += 1) sum += (2 - Math.abs(dx - 1)) * (2 - Math.abs(dy - 1)) * wider[(y + dy) * stride + x + dx];
        }
        made.planes[0][y * width + x] = sum / 16;
      }
    }
    return made;
  }

  kit.networkLayers = { convolve, activate, halve, double, add, fold, unfold, smooth };
})();
