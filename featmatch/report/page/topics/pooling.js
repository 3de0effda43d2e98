// Pooling: windows become single numbers; what a shift does to them, and what is lost.
"use strict";

(() => {
  const { el, number } = kit;
  const SIZE = 8; // numbers a side that are pooled
  const KINDS = { maximum: (values) => Math.max(...values), mean: (values) => values.reduce((a, b) => a + b, 0) / values.length };

  kit.topic("pooling", (root, data) => {
    root.append(...windows(data), ...losses(data), ...shifts(data));
  });

  const range = (count) => Array.from({ length: count }, (_, index) => index);

  // Numbers of the picture, moved to the left by `shift`, and what pooling makes of them.
  function windows(data) {
    let kind = "maximum";
    let kernel = 2;
    let stride = 2;
    let shift = 0;
    let at = [0, 0];

    const input = kit.grid([], { label: "Gray levels of the picture", colors: "gray", low: 0, high: 255 });
    const output = kit.grid([], {
      label: "Pooled",
      colors: "gray",
      low: 0,
      high: 255,
      format: (value) => number(value, Number.isInteger(value) ? 0 : 1),
      onhover: (row, column) => {
        at = [row, column];
        show();
      },
    });
    const readout = el("output", { class: "readout number" });
    const changed = el("p", { class: "number" });

    const view = (amount) => data.crop.slice(0, SIZE).map((line) => line.slice(amount, amount + SIZE));
    const cells = ([row, column]) => range(kernel).flatMap((u) => range(kernel).map((v) => [row * stride + u, column * stride + v]));
    const pool = (pixels) => {
      const places = range(Math.floor((SIZE - kernel) / stride) + 1);
      return places.map((row) => places.map((column) => KINDS[kind](cells([row, column]).map(([r, c]) => pixels[r][c]))));
    };

    function show() {
      const pixels = view(shift);
      const pooled = pool(pixels);
      at = at.map((index) => Math.min(index, pooled.length - 1));
      const read = cells(at);
      input.update(pixels, { highlight: read });
      output.update(pooled, { highlight: [at] });
      const values = read.map(([row, column]) => pixels[row][column]);
      const value = pooled[at[0]][at[1]];
      const lost = kind === "maximum" && values.length > 1 ? ` Which of the ${values.length} it was is not kept.` : "";
      readout.textContent = `The ${kind} of ${values.join(", ")} is ${number(value, Number.isInteger(value) ? 0 : 2)}.${lost}`;
      changed.textContent = told(pool(view(0)), pooled);
    }

    function told(before, after) {
      const count = after.length ** 2;
      if (shift === 0) return `${SIZE * SIZE} numbers become ${count}.`;
      const same = after.flat().filter((value, index) => value === before.flat()[index]).length;
      const steps = shift / stride;
      const overlap = Number.isInteger(steps) && steps < after.length;
      const carried = overlap && after.every((line, row) => line.slice(0, after.length - steps).every((value, column) => value === before[row][column + steps]));
      const moved = carried ? ` They are the same as before, ${steps === 1 ? "one place" : `${steps} places`} further to the left: the shift is a multiple of the stride.` : "";
      return `${SIZE * SIZE} numbers become ${count}; ${same} of ${count} are what they were without the shift.${moved}`;
    }

    const set = (change) => (value) => {
      change(value);
      show();
    };
    show();
    return [
      el("div", { class: "controls" },
        kit.choice("Keep", [["maximum", "the maximum"], ["mean", "the mean"]], kind, set((value) => (kind = value))),
        kit.slider("Window, a side", { min: 1, max: 4, value: kernel }, set((value) => (kernel = value))),
        kit.slider("Stride", { min: 1, max: 4, value: stride }, set((value) => (stride = value))),
        kit.slider("Shift to the left, px", { min: 0, max: data.crop.length - SIZE, value: shift }, set((value) => (shift = value))),
      ),
      el("div", { class: "row" }, input.node, output.node),
      readout,
      changed,
    ];
  }

  // The whole picture pooled, drawn at its old size.
  function losses(data) {
    const stage = el("div", { class: "row" });
    const readout = el("p", { class: "number" });
    const total = data.picture.width * data.picture.height;

    function show(factor) {
      const pooled = data.pictures.find((each) => each.factor === factor);
      stage.replaceChildren(
        ...[[data.picture, "The picture"], [pooled.maxima, "Maxima"], [pooled.means, "Means"]].map((shown) => kit.captioned(...shown)),
      );
      readout.textContent = `${number(total)} numbers become ${number(pooled.num_kept)}. Repeated to the old size, the maxima are off by ${number(pooled.max_error, 1)} gray levels (root mean square), the means by ${number(pooled.mean_error, 1)}.`;
    }

    show(4);
    return [
      el("h4", {}, "What is lost"),
      kit.choice("Windows", data.pictures.map(({ factor }) => [factor, `${factor} x ${factor}`]), 4, show),
      el("div", { style: "height: 0.75rem" }),
      stage,
      readout,
    ];
  }

  function shifts(data) {
    return [
      el("h4", {}, "When the picture moves by a few pixels"),
      el("p", { class: "muted" }, "How much the numbers at the same places change, on average. What does not care about a shift would stay at 0; pooling only softens the change."),
      kit.chart({
        label: "Change of the map when the picture moves",
        x: { label: "shift, px" },
        y: { label: "root mean square change, gray levels", min: 0 },
        series: data.curves.map(({ label, changes }) => ({ name: label, x: data.shifts, y: changes })),
      }).node,
    ];
  }
})();
