// Padding, stride and dilation: which numbers of the input each number of the output reads.
"use strict";

(() => {
  const { el, number } = kit;
  const MAX_SIZE = 9;
  const SETTINGS = ["size", "kernel_size", "padding", "stride", "dilation"];

  kit.topic("padding", (root, data) => {
    let walk = pick(data.examples[1]);
    let at = [0, 0]; // the output pointed at
    let counting = false;

    const labels = data.examples.map(({ label }) => [label, label]);
    const examples = kit.choice("Examples", labels, data.examples[1].label, (label) => {
      walk = pick(data.examples.find((example) => example.label === label));
      makeSliders();
      show();
    });
    const formula = el("output", { class: "readout" });
    const readout = el("output", { class: "readout number" });
    const sliders = el("div", { class: "controls" });
    const input = kit.grid([], { label: "", colors: "gray", low: 0, high: 255, format: (value) => number(value, 0) });
    const output = kit.grid([], {
      label: "Output: means of what is read",
      colors: "gray",
      low: 0,
      high: 255,
      format: (value) => number(value, 0),
      onhover: (row, column) => {
        at = [row, column];
        show();
      },
    });

    function makeSliders() {
      const limits = { size: [3, MAX_SIZE], kernel_size: [1, 5], padding: [0, 2], stride: [1, 3], dilation: [1, 3] };
      sliders.replaceChildren(
        ...SETTINGS.map((name) =>
          kit.slider(names[name], { min: limits[name][0], max: limits[name][1], value: walk[name] }, (value) => {
            walk = { ...walk, [name]: value };
            for (const choice of examples.querySelectorAll("input")) choice.checked = false;
            show();
          }),
        ),
      );
    }

    function show() {
      const size = outputSize(walk);
      const padded = walk.size + 2 * walk.padding;
      at = at.map((index) => Math.max(0, Math.min(index, size - 1)));
      formula.textContent = explained(walk);
      const pixels = range(padded).map((row) =>
        range(padded).map((column) => valueAt(data.crop, walk, row - walk.padding, column - walk.padding)),
      );
      const read = size > 0 ? reads(walk, at) : [];
      const highlight = read.map(([row, column]) => [row + walk.padding, column + walk.padding]);
      if (counting) {
        const counts = countReads(walk);
        const most = Math.max(...counts.flat(), 1);
        input.update(counts, { label: "How many outputs read each number", colors: "signed", low: 0, high: most, highlight });
      } else {
        const label = walk.padding ? "Input, with zeros around it" : "Input";
        input.update(pixels, { label, colors: "gray", low: 0, high: 255, highlight });
      }
      output.update(outputs(data.crop, walk), { highlight: size > 0 ? [at] : [] });
      readout.textContent = size > 0 ? told(data.crop, walk, at, read) : "There is no output.";
    }

    root.append(
      examples,
      sliders,
      formula,
      kit.check("Count how many outputs read each number", counting, (value) => {
        counting = value;
        show();
      }),
      el("div", { class: "row" }, wide(input.node), wide(output.node)),
      readout,
      kit.note("Point at a number of the output: what it reads is framed in the input."),
    );
    makeSliders();
    show();
  });

  const names = {
    size: "Input, pixels a side",
    kernel_size: "Kernel, taps a side",
    padding: "Padding",
    stride: "Stride",
    dilation: "Dilation",
  };
  const range = (count) => Array.from({ length: Math.max(count, 0) }, (_, index) => index);
  const pick = (example) => Object.fromEntries(SETTINGS.map((name) => [name, example[name]]));
  const wide = (node) => el("div", { style: "overflow-x: auto; max-width: 100%; font-size: 0.9em" }, node);

  const spanOf = ({ kernel_size, dilation }) => dilation * (kernel_size - 1) + 1;
  const roomOf = (walk) => walk.size + 2 * walk.padding - spanOf(walk);
  const outputSize = (walk) => (roomOf(walk) < 0 ? 0 : Math.floor(roomOf(walk) / walk.stride) + 1);

  const inside = ({ size }, row, column) => row >= 0 && column >= 0 && row < size && column < size;
  const valueAt = (crop, walk, row, column) => (inside(walk, row, column) ? crop[row][column] : 0);

  // Rows and columns of the input that the output at [row, column] reads; less than 0 is padding.
  function reads({ kernel_size, padding, stride, dilation }, [row, column]) {
    const taps = range(kernel_size).map((tap) => tap * dilation - padding);
    return taps.flatMap((u) => taps.map((v) => [row * stride + u, column * stride + v]));
  }

  function mean(crop, walk, place) {
    const read = reads(walk, place);
    return read.reduce((sum, [row, column]) => sum + valueAt(crop, walk, row, column), 0) / read.length;
  }

  function outputs(crop, walk) {
    const places = range(outputSize(walk));
    return places.map((row) => places.map((column) => mean(crop, walk, [row, column])));
  }

  function countReads(walk) {
    const padded = range(walk.size + 2 * walk.padding);
    const counts = padded.map(() => padded.map(() => 0));
    const places = range(outputSize(walk));
    for (const row of places) {
      for (const column of places) {
        for (const [r, c] of reads(walk, [row, column])) counts[r + walk.padding][c + walk.padding] += 1;
      }
    }
    return counts;
  }

  function explained(walk) {
    const { size, padding, stride, dilation, kernel_size } = walk;
    const sum = `(${size} + 2 · ${padding} − ${dilation} · (${kernel_size} − 1) − 1)`;
    if (roomOf(walk) < 0) {
      return `${sum} is ${number(roomOf(walk))}: the kernel spans ${spanOf(walk)}, more than the ${size + 2 * padding} there are. This is not valid.`;
    }
    const rest = roomOf(walk) % stride;
    const unread = rest ? ` The division leaves ${rest}: the last ${rest === 1 ? "row and column are" : `${rest} rows and columns are`} left out.` : "";
    return `Output, a side: ⌊${sum} / ${stride}⌋ + 1 = ${outputSize(walk)}.${unread}`;
  }

  function told(crop, walk, place, read) {
    const zeros = read.filter(([row, column]) => !inside(walk, row, column)).length;
    const share = zeros ? `, ${zeros} of them padding` : "";
    return `Row ${place[0] + 1}, column ${place[1] + 1} reads ${read.length} numbers${share}; their mean is ${number(mean(crop, walk, place), 2)}.`;
  }
})();
