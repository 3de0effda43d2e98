// Gradients: forward and backward through a small network, number by number.
"use strict";

(() => {
  const { el, number } = kit;
  const NAMES = ["patch", "kernel", "bias", "convolved", "activated", "weights", "offset", "prediction", "loss"];
  const PARAMETERS = ["kernel", "bias", "weights", "offset"];
  const signed = (value) => number(value, 3);

  kit.topic("gradients", (root, data) => {
    const start = Object.fromEntries(["patch", ...PARAMETERS].map((name) => [name, data.values[name]]));
    root.append(...stage(data, start), ...kit.gradientCheck(data, start), kit.descent(data, start));
  });

  const STEPS = [
    ["patch", "values", () => "The patch: brightness from −1, black, to 1, white."],
    ["convolved", "values", ({ bias, convolved }) =>
      "Each number of the map: nine pixels times the kernel, plus the bias. Top left: " +
      `${signed(convolved[0][0] - bias)} + ${signed(bias)} = ${signed(convolved[0][0])}.`],
    ["activated", "values", ({ convolved, activated }) =>
      `tanh of each number. Top left: tanh(${signed(convolved[0][0])}) = ${signed(activated[0][0])}.`],
    ["prediction", "values", ({ offset, prediction }) =>
      `The sum of activated values times weights, plus the offset: ${signed(prediction - offset)} + ${signed(offset)} = ${signed(prediction)}.`],
    ["loss", "values", ({ prediction, loss }, _, target) =>
      `The pixel to the right is ${signed(target)}, so the loss is (${signed(prediction)} − ${bracketed(target)})² = ${signed(loss)}.`],
    ["loss", "gradients", () => "Now backward. The loss grows by 1 for each 1 of itself: its gradient is 1."],
    ["prediction", "gradients", ({ prediction }, gradients, target) =>
      `The slope of a square is twice its root: 2 · (${signed(prediction)} − ${bracketed(target)}) = ${signed(gradients.prediction)}.`],
    ["offset", "gradients", (_, gradients) =>
      `The offset is added to the prediction as it is: the same gradient, ${signed(gradients.offset)}.`],
    ["weights", "gradients", ({ activated }, gradients) =>
      `A weight counts as much as what it multiplies. Top left: ${signed(gradients.prediction)} · ${bracketed(activated[0][0])} = ${signed(gradients.weights[0][0])}.`],
    ["activated", "gradients", ({ weights }, gradients) =>
      `And an activated value as much as its weight. Top left: ${signed(gradients.prediction)} · ${bracketed(weights[0][0])} = ${signed(gradients.activated[0][0])}.`],
    ["convolved", "gradients", ({ activated }, gradients) =>
      "Through tanh: times its slope, 1 − tanh². Top left: " +
      `${signed(gradients.activated[0][0])} · ${signed(1 - activated[0][0] ** 2)} = ${signed(gradients.convolved[0][0])}.`],
    ["bias", "gradients", (_, gradients) =>
      `The bias is added at all nine places, so their gradients add up: ${signed(gradients.bias)}.`],
    ["kernel", "gradients", (_, gradients) =>
      `Each weight of the kernel is used at nine places, times another pixel at each; the sum at the top left is ${signed(gradients.kernel[0][0])}.`],
    ["patch", "gradients", () =>
      "The same for the pixels. Training cannot change them, but their gradients show what the loss depends on."],
  ];
  const bracketed = (value) => (value < 0 ? `(${signed(value)})` : signed(value));

  function stage(data, start) {
    const values = kit.patchNetwork.forward(start, data.target);
    const gradients = kit.patchNetwork.backward(values, data.target);
    const cells = (part) => (typeof part === "number" ? [[part]] : part);
    const blank = (part) => cells(part).map((row) => row.map(() => null));
    const box = (parts, name, label) => {
      const colors = parts === values && name === "patch" ? { colors: "gray", low: -1, high: 1 } : { colors: "signed" };
      const { node, update } = kit.grid(blank(parts[name]), { label, format: (value) => number(value, 2), ...colors });
      return (known, current) => {
        update(known ? cells(parts[name]) : blank(parts[name]));
        node.style.outline = current ? "3px solid var(--accent)" : "";
        return node;
      };
    };
    const boxes = NAMES.map((name) => ({
      name,
      value: box(values, name, name),
      gradient: box(gradients, name, `gradient by ${name}`),
    }));
    const text = el("output", { class: "readout", style: "min-height: 3.2em" });
    const steps = kit.stepper("Forward, then backward", STEPS.length, show);

    function show(index) {
      const done = STEPS.slice(0, index + 1);
      const [name, kind, words] = STEPS[index];
      const known = (key, of) => done.some((step) => step[0] === key && step[1] === of);
      for (const box of boxes) {
        const current = (of) => box.name === name && kind === of;
        box.value(PARAMETERS.includes(box.name) || known(box.name, "values"), current("values"));
        box.gradient(known(box.name, "gradients"), current("gradients"));
      }
      text.textContent = words(values, gradients, data.target);
    }

    let image = null;
    const where = kit.canvas(198, 198, (context, colors, width) => drawPlace(context, colors, width, data, image), {
      label: "Part of the image; the patch has a frame, and the pixel to guess a smaller one.",
    });
    kit.loaded(data.surroundings).then((loaded) => {
      image = loaded;
      where.redraw();
    });
    const layout = [
      el("div", { class: "follows" }, el("div", { class: "controls" }, steps.node), text),
      el(
        "div",
        { class: "row steady" },
        el("div", { style: "width: 198px" }, where.node, kit.note("Where the patch lies. The small frame is the pixel to guess.")),
        boxes.map(({ value, gradient }) => el("div", { class: "column" }, value(), gradient())),
      ),
      agreement(data, values, gradients),
    ];
    show(0);
    return layout;
  }

  function drawPlace(context, colors, width, { surroundings, x, y, values }, image) {
    if (!image) return;
    const scale = width / surroundings.width;
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, width, width);
    context.lineWidth = 2;
    context.strokeStyle = colors.accent;
    const side = values.patch.length;
    context.strokeRect(x * scale, y * scale, side * scale, side * scale);
    context.strokeRect((x + side) * scale, (y + (side - 1) / 2) * scale, scale, scale);
  }

  // How far the numbers of this page are from those that featmatch.nn computed.
  function agreement(data, values, gradients) {
    const distance = (own, theirs) =>
      Math.max(...[own].flat(2).map((value, i) => Math.abs(value - [theirs].flat(2)[i]) / (1 + Math.abs(value))));
    const farthest = Math.max(
      ...NAMES.map((name) => distance(values[name], data.values[name])),
      ...NAMES.map((name) => distance(gradients[name], data.gradients[name])),
    );
    const verdict = farthest < 1e-5 ? "They agree" : "They do not agree";
    return el(
      "p",
      { class: "note", "data-farthest": farthest },
      `These numbers are computed by this page. ${verdict} with those of featmatch.nn, of which it has six digits.`,
    );
  }
})();
