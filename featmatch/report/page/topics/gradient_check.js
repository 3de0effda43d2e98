// A gradient checked live against a central difference, and steps downhill.
"use strict";

(() => {
  const { el, number } = kit;
  const PARAMETERS = ["kernel", "bias", "weights", "offset"];
  const signed = (value) => number(value, 3);

  kit.gradientCheck = (data, start) => {
    const { forward, backward, changed, element } = kit.patchNetwork;
    let place = { name: "kernel", row: 1, column: 1 };
    let logStep = -5;
    const gradients = backward(forward(start, data.target), data.target);
    const heading = el("p", { class: "readout" });
    const result = el("div");
    const { log_steps, log_errors64, log_errors32 } = data.step_errors;
    const chart = kit.chart(errorChart());
    const pick = (name, label) =>
      kit.grid(start[name], {
        label,
        colors: "signed",
        format: (value) => number(value, 2),
        onhover: (row, column) => {
          place = { name, row, column };
          show();
        },
      });
    const grids = { kernel: pick("kernel", "kernel"), weights: pick("weights", "weights") };

    function errorChart() {
      return {
        label: "How wrong a central difference is, by the size of h",
        x: { label: "log10 of h", min: Math.min(...log_steps), max: Math.max(...log_steps) },
        y: { label: "log10 of the error", min: -14, max: 2 },
        series: [
          { name: "numbers of 64 bits", x: log_steps, y: log_errors64 },
          { name: "numbers of 32 bits", x: log_steps, y: log_errors32, dashed: true },
        ],
        marks: [{ x: logStep, label: "h" }],
      };
    }

    function show() {
      for (const [name, { update }] of Object.entries(grids)) {
        update(start[name], { highlight: name === place.name ? [[place.row, place.column]] : [] });
      }
      const h = 10 ** logStep;
      const [above, below] = [h, -h].map((change) => forward(changed(start, place, change), data.target).loss);
      const numeric = (above - below) / (2 * h);
      const exact = element(gradients, place);
      heading.textContent = `${place.name}, row ${place.row + 1}, column ${place.column + 1}: ${number(element(start, place), 2)}`;
      result.replaceChildren(
        kit.table("Changed by h, up and down", ["", "value"], [
          ["loss with the weight + h", above.toPrecision(12)],
          ["loss with the weight − h", below.toPrecision(12)],
          ["their difference / 2h", numeric.toPrecision(10)],
          ["gradient of the backward pass", exact.toPrecision(10)],
          ["error", Math.abs(numeric - exact).toExponential(1)],
        ]),
      );
      chart.update(errorChart());
    }

    show();
    return [
      el("h4", {}, "Check a gradient"),
      kit.note("Choose a weight by pointing at it, and the step h."),
      el(
        "div",
        { class: "controls" },
        kit.slider(
          "Step h, a power of ten",
          { min: -12, max: -0.5, step: 0.5, value: logStep, format: (value) => `10^${number(value, Number.isInteger(value) ? 0 : 1)}` },
          (value) => {
            logStep = value;
            show();
          },
        ),
      ),
      el("div", { class: "row" }, grids.kernel.node, grids.weights.node, el("div", {}, heading, result)),
      chart.node,
      kit.note(
        `The chart is from featmatch.nn: the largest error of all ${data.num_parameters} parameters, relative to the largest gradient.`,
      ),
    ];
  };

  kit.descent = (data, start) => {
    const { forward, backward } = kit.patchNetwork;
    let parts = start;
    let rate = 0.05;
    let losses = [forward(start, data.target).loss];
    const told = el("output", { class: "readout number" });
    const chart = kit.chart(lossChart());

    function lossChart() {
      return {
        label: "Loss after each step",
        x: { label: "iteration", min: 0, max: Math.max(losses.length - 1, 10) },
        y: { label: "loss", min: 0 },
        series: [{ name: "loss", x: losses.map((_, i) => i), y: losses }],
      };
    }

    function show() {
      const { prediction, loss } = forward(parts, data.target);
      told.textContent =
        `After ${losses.length - 1} steps: prediction ${signed(prediction)}, pixel ${signed(data.target)}, loss ${number(loss, 5)}`;
      chart.update(lossChart());
    }

    function step() {
      const gradients = backward(forward(parts, data.target), data.target);
      const lower = (value, slope) => (typeof value === "number" ? value - rate * slope : value.map((item, i) => lower(item, slope[i])));
      const next = { ...parts };
      for (const name of PARAMETERS) next[name] = lower(parts[name], gradients[name]);
      const { loss } = forward(next, data.target);
      if (losses.length > 60 || !(loss < 1e6)) return;
      parts = next;
      losses = [...losses, loss];
      show();
    }

    function reset() {
      parts = start;
      losses = losses.slice(0, 1);
      show();
    }

    show();
    return el(
      "div",
      { class: "try" },
      el("h4", {}, "Go downhill"),
      el(
        "p",
        {},
        "Each step moves all parameters against their gradients. A small rate is slow; with a large one the loss overshoots.",
      ),
      el(
        "div",
        { class: "controls" },
        kit.slider("Learning rate", { min: 0.01, max: 1, step: 0.01, value: rate, format: (value) => number(value, 2) }, (value) => {
          rate = value;
        }),
        el("button", { type: "button", onclick: step }, "One step"),
        el("button", { type: "button", onclick: reset }, "Start again"),
      ),
      told,
      chart.node,
    );
  };
})();
