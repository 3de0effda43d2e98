// Convolution: patch x kernel, products, sum, one place after the other.
"use strict";

(() => {
  const { el, number } = kit;

  kit.topic("convolution", (root, data) => {
    const side = data.side - 2; // of the feature map
    let kernel = data.kernels[0];
    let turned = false;
    let place = 0;

    const weights = () => (turned ? [...kernel.weights].reverse().map((row) => [...row].reverse()) : kernel.weights);
    const featureMap = () => (turned ? kernel.flipped_map : kernel.feature_map);

    const answers = el("p", { class: "muted" });
    const sum = el("output", { class: "readout number" });
    const scale = el("p", { class: "note" });
    const result = el("div");
    const steps = kit.stepper("Place of the kernel", side * side, (index) => {
      place = index;
      show();
    });
    const goTo = (row, column) => steps.go(row * side + column);
    const crop = kit.grid(data.crop, { label: "Patch of the image, gray levels", colors: "gray", low: 0, high: 255 });
    const weightGrid = kit.grid(kernel.weights, { label: "Kernel", colors: "signed", format: short });
    const products = kit.grid(kernel.weights, { label: "Products", colors: "signed", format: short });
    const map = kit.grid(featureMap(), {
      label: "Feature map",
      colors: "signed",
      format: (value) => number(value, 0),
      onhover: goTo,
    });

    function show() {
      const [row, column] = [Math.floor(place / side), place % side];
      const taps = [0, 1, 2].flatMap((u) => [0, 1, 2].map((v) => [u, v]));
      const patch = data.crop.slice(row, row + 3).map((line) => line.slice(column, column + 3));
      const multiplied = patch.map((line, u) => line.map((value, v) => value * weights()[u][v]));
      const total = multiplied.flat().reduce((a, b) => a + b, 0);
      crop.update(data.crop, { highlight: taps.map(([u, v]) => [row + u, column + v]) });
      weightGrid.update(weights());
      products.update(multiplied);
      map.update(featureMap(), { highlight: [[row, column]] });
      const terms = taps
        .filter(([u, v]) => weights()[u][v] !== 0)
        .map(([u, v]) => `${patch[u][v]}\u00a0·\u00a0${bracketed(weights()[u][v])}`);
      sum.textContent = `Row ${row + 1}, column ${column + 1}: ${terms.join(" + ")} = ${number(total, 2).replace(".00", "")}`;
    }

    function choose() {
      answers.textContent = kernel.answers;
      scale.textContent =
        kernel.limit === null
          ? "The numbers are gray levels again."
          : `Mid gray is 0, white is ${number(kernel.limit)}, black is ${number(-kernel.limit)}.`;
      result.replaceChildren(kit.framed(kernel.picture, data, `What the kernel ${kernel.label} makes of the whole picture`).node);
      show();
    }

    root.append(
      el(
        "div",
        { class: "controls" },
        kit.choice("Kernel", data.kernels.map(({ name, label }) => [name, label]), kernel.name, (name) => {
          kernel = data.kernels.find((candidate) => candidate.name === name);
          choose();
        }),
        kit.check("Turn the kernel by half a turn, as the convolution of mathematics does", turned, (value) => {
          turned = value;
          show();
        }),
      ),
      answers,
      el("div", { class: "controls" }, steps.node),
      el(
        "div",
        { class: "row" },
        crop.node,
        el("div", { class: "row", style: "max-width: 18rem" }, weightGrid.node, products.node, sum),
        map.node,
      ),
      kit.note("Point at a number of the feature map to see where it comes from."),
      el("h4", {}, "The same kernel on the whole picture"),
      el(
        "div",
        { class: "row" },
        kit.framed(data.picture, data, "The picture; a frame marks the patch above").node,
        el("div", {}, result, scale),
      ),
      kit.ownKernel(data.picture),
    );
    choose();
  });

  const short = (value) => (Number.isInteger(value) ? number(value, 0) : number(value, Math.abs(value) < 1 ? 3 : 1));
  const bracketed = (value) => (value < 0 ? `(${short(value)})` : short(value));
})();
