// The network of this page, at work on the picture: every layer when it is asked for, after any of
// the epochs whose weights the page has.
"use strict";

(() => {
  const { convolve, activate, halve, double, add, fold, unfold, smooth } = kit.networkLayers;
  const STRIDE = 16; // px: sides of what the network sees are multiples of it

  // Zero mean and unit contrast, the sides continued to multiples of `STRIDE`.
  function normalized({ width, height, levels }) {
    const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
    const variance = levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length;
    const contrast = Math.sqrt(variance) + 0.05 * 255;
    const [columns, rows] = [width, height].map((side) => Math.ceil(side / STRIDE) * STRIDE);
    const plane = new Float32Array(columns * rows);
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        const at = Math.min(y, height - 1) * width + Math.min(x, width - 1);
        plane[y * columns + x] = (levels[at] - mean) / contrast;
      }
    }
    return { count: 1, width: columns, height: rows, planes: [plane] };
  }

  // A network on a gray picture: layer(name) promises {count, width, height, planes}.
  kit.mapsOf = (network, picture) => {
    const pause = kit.pauses();
    const done = new Map();
    const bent = async (maps, convolution) => activate(await convolve(maps, convolution, pause), network);
    const steps = {
      input: async () => fold(normalized(await kit.grayLevels(picture))),
      score_sum: async () => {
        const [fine, middle, coarse] = await Promise.all(
          network.laterals.map(async (lateral, index) => convolve(await layer(`block${index + 1}_conv2`), lateral, pause)),
        );
        return activate(add(double(add(double(coarse), middle)), fine), network);
      },
      score_conv: async () => bent(await layer("score_sum"), network.head[0]),
      score: async () => {
        const logits = smooth(unfold(await convolve(await layer("score_conv"), network.head[1], pause)));
        return { ...logits, planes: logits.planes.map((plane) => plane.map((value) => 1 / (1 + Math.exp(-value)))) };
      },
    };
    network.blocks.forEach(([first, second], index) => {
      steps[`block${index + 1}_conv1`] = async () => {
        const before = await layer(index ? `block${index}_conv2` : "input");
        return bent(index ? halve(before) : before, first);
      };
      steps[`block${index + 1}_conv2`] = async () => bent(await layer(`block${index + 1}_conv1`), second);
    });
    function layer(name) {
      if (!done.has(name)) done.set(name, steps[name]());
      return done.get(name);
    }
    return layer;
  };

  const epochName = ({ epoch }) => (epoch == null ? "as given" : epoch === 0 ? "0: as drawn" : String(epoch));

  // The networks of a comparison: choice(onChange) is a control that names them by their epochs, or
  // nothing where there is one alone; layer(network, name) is worked out once.
  kit.networks = (comparison) => {
    if (!known.has(comparison)) known.set(comparison, atWorkOn(comparison));
    return known.get(comparison);
  };
  const known = new Map();

  function atWorkOn({ networks, gray }) {
    const working = new Map(networks.map((network) => [network, kit.mapsOf(network, gray)]));
    const kept = networks.find((network) => network.kept);
    return {
      kept,
      all: networks,
      layer: (network, name) => working.get(network)(name),
      choice: (onChange) =>
        networks.length > 1
          ? kit.choice("After epoch", networks.map((network) => [network, network.kept ? `${epochName(network)}, kept` : epochName(network)]), kept, onChange)
          : null,
    };
  }

  // The first kernels of a network in pixels of the image: a list of 6 × 6 numbers.
  kit.firstKernels = ({ blocks: [[{ weights }]] }) => {
    const [size, , inputs, outputs] = weights.shape;
    const values = kit.halfNumbers(weights);
    const side = 2 * size;
    return Array.from({ length: outputs }, (_, output) =>
      Array.from({ length: side }, (_, y) =>
        Array.from({ length: side }, (_, x) => {
          const tap = (y >> 1) * size + (x >> 1);
          return values[(tap * inputs + 2 * (y % 2) + (x % 2)) * outputs + output];
        }),
      ),
    );
  };
})();
