// Activations: curves and slopes, what each makes of a layer's values, and tanh typed literally.
"use strict";

(() => {
  const { el, number } = kit;
  const percent = (share) => `${number(100 * share, Number.isInteger(100 * share) ? 0 : share < 0.1 ? 2 : 1)} %`;
  const last = (list) => list[list.length - 1];

  kit.topic("activations", (root, data) => {
    let curve = data.curves.find(({ name }) => name === data.network_activation) ?? data.curves[0];
    let layer = data.layers[0];

    const facts = el("div");
    const chart = kit.chart(curves(data, curve));
    const told = el("output", { class: "readout number" });
    const flow = kit.canvas(640, 480, (...args) => drawFlow(...args, data, curve, layer), {
      label:
        "The curve, with the histogram of the values before it below, and of those after it at the right.",
      onpoint: (x, _y, _kind, width, height) => {
        const { left, right } = frame(width, height);
        tell((x - left) / (right - left));
      },
    });
    const effects = el("div");
    const units = kit.chart(unitChart(layer));

    function tell(share) {
      const within = Math.min(Math.max(share, 0), 0.9999);
      const bin = Math.floor(within * layer.counts.length);
      const at = data.bins[bin] + (data.bins[bin + 1] - data.bins[bin]) / 2;
      const index = Math.round(((at - data.x[0]) / (last(data.x) - data.x[0])) * (data.x.length - 1));
      told.textContent =
        `x near ${number(at, 2)}: ${percent(layer.counts[bin] / layer.num_values)} of the values; ` +
        `f(x) ${number(curve.y[index], 3)}, slope ${number(curve.slope[index], 3)}`;
    }

    function showCurve() {
      facts.replaceChildren(
        kit.table(curve.title, ["", "what it is"], [
          ["f(x)", curve.formula],
          ["slope f′(x)", curve.slope_formula],
          ["values", curve.output_range],
        ]),
      );
      chart.update(curves(data, curve));
    }

    function showLayer() {
      flow.redraw();
      tell(0.5);
      const rows = data.curves.map(({ name, title }) => {
        const { saturated, mean_slope, num_dead } = layer.effects[name];
        return [title, percent(saturated), number(mean_slope, 3), `${num_dead} of ${layer.num_units}`];
      });
      effects.replaceChildren(
        kit.table(
          `${layer.title}: its ${number(layer.num_values)} values through each activation`,
          ["activation", "saturated", "mean slope", "silent units"],
          rows,
        ),
      );
      units.update(unitChart(layer));
    }

    root.append(
      el(
        "div",
        { class: "controls" },
        kit.choice("Activation", data.curves.map(({ name, title }) => [name, title]), curve.name, (name) => {
          curve = data.curves.find((candidate) => candidate.name === name);
          showCurve();
          showLayer();
        }),
      ),
      el("div", { class: "pair" }, el("div", {}, facts), chart.node),
      el("h4", {}, "On the values that the network finds in your image"),
      el(
        "div",
        { class: "controls" },
        kit.slider(
          "Layer of the network",
          { min: 1, max: data.layers.length, value: 1, format: (value) => data.layers[value - 1].title },
          (value) => {
            layer = data.layers[value - 1];
            showLayer();
          },
        ),
      ),
      el("div", { class: "pair" }, el("div", {}, flow.node, told), effects),
      kit.note(
        `Saturated: the slope is less than ${percent(data.saturated_below)} of the function's steepest, so that next to ` +
          "nothing is learned there. Silent: a unit that is saturated at every place of this image. Mean slope: the share " +
          "of a gradient that passes, on average; over many layers these factors multiply.",
      ),
      units.node,
      el("h4", {}, "tanh, typed as it is written"),
      literalTanh(data),
    );
    showCurve();
    showLayer();
  });

  function curves({ x, rrelu_slopes }, { name, title, y, slope }) {
    const band = (values, at) => (name === "rrelu" ? values.map((value, i) => (x[i] < 0 ? at(i) : value)) : undefined);
    const [flat, steep] = rrelu_slopes;
    return {
      label: name === "rrelu" ? `${title}: in use; the band is where training draws from` : title,
      x: { label: "x", min: x[0], max: last(x) },
      y: { label: "" },
      series: [
        { name: "f(x)", x, y, low: band(y, (i) => steep * x[i]), high: band(y, (i) => flat * x[i]) },
        { name: "slope f′(x)", x, y: slope, dashed: true, low: band(slope, () => flat), high: band(slope, () => steep) },
      ],
    };
  }

  function unitChart({ title, positive }) {
    return {
      label: `${title}: how often each unit is above 0, from the most silent to the busiest`,
      x: { label: "unit", min: 1, max: positive.length },
      y: { label: "share of places", min: 0, max: 1 },
      series: [{ name: "above 0", x: positive.map((_, i) => i + 1), y: positive }],
    };
  }

  // The three parts of the drawing: the curve, below it what goes in, right of it what comes out.
  function frame(width, height) {
    const floor = height - 40;
    return { left: 40, right: 0.76 * width, top: 10, bottom: 0.68 * floor, edge: width - 4, floor };
  }

  function drawFlow(context, colors, width, height, { x, bins }, curve, layer) {
    const { left, right, top, bottom, edge, floor } = frame(width, height);
    const { low, high, counts } = layer.effects[curve.name];
    const [first, end] = [bins[0], last(bins)];
    const across = (value) => left + ((value - first) / (end - first)) * (right - left);
    const up = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const pale = (color, paint) => {
      context.save();
      context.globalAlpha = 0.65;
      context.fillStyle = color;
      paint();
      context.restore();
    };

    context.font = "12px system-ui, sans-serif";
    context.strokeStyle = colors.line;
    context.strokeRect(left, top, right - left, bottom - top);
    context.beginPath();
    context.moveTo(across(0), top);
    context.lineTo(across(0), floor);
    if (low < 0) {
      context.moveTo(left, up(0));
      context.lineTo(edge, up(0));
    }
    context.stroke();

    const most = Math.max(...layer.counts, 1);
    pale(colors.series[2], () =>
      layer.counts.forEach((count, i) => {
        const depth = (count / most) * (floor - bottom - 4);
        context.fillRect(across(bins[i]), bottom + 2, (right - left) / layer.counts.length - 1, depth);
      }),
    );
    const mostAfter = Math.max(...counts, 1);
    const step = (bottom - top) / counts.length;
    pale(colors.series[1], () =>
      counts.forEach((count, i) => {
        context.fillRect(right + 2, bottom - (i + 1) * step, (count / mostAfter) * (edge - right - 4), Math.max(step - 1, 1));
      }),
    );

    context.strokeStyle = colors.series[0];
    context.lineWidth = 2.5;
    context.beginPath();
    x.forEach((value, i) => {
      context[i ? "lineTo" : "moveTo"](across(value), up(curve.y[i]));
    });
    context.stroke();

    context.fillStyle = colors.muted;
    context.textAlign = "center";
    for (const value of [-4, -2, 0, 2, 4]) context.fillText(number(value), across(value), floor + 14);
    context.fillText("before: from the convolution", (left + right) / 2, floor + 30);
    context.fillText("after", (right + edge) / 2, bottom + 16);
    context.textAlign = "right";
    context.fillText(number(high, 1), left - 5, top + 8);
    context.fillText(number(low, 1), left - 5, bottom);
    if (low < 0) context.fillText("0", left - 5, up(0) + (up(0) > bottom - 14 ? -8 : 4));
  }

  // The formula in numbers of 32 bits, as the network computes.
  function literalTanh({ tanh_overflows_below }) {
    const body = el("div");
    const show = (x) => {
      const single = Math.fround;
      const power = single(Math.exp(-2 * x));
      const [above, below] = [single(1 - power), single(1 + power)];
      const value = single(above / below);
      const told = (result) => (Number.isNaN(result) ? "not a number" : scientific(result));
      body.replaceChildren(
        kit.table("In numbers of 32 bits", ["", "value"], [
          ["e^(−2x)", told(power)],
          ["1 − e^(−2x)", told(above)],
          ["1 + e^(−2x)", told(below)],
          ["their ratio", told(value)],
          ["tanh of the library", told(single(Math.tanh(x)))],
        ]),
      );
    };
    show(-45);
    return el(
      "div",
      {},
      el(
        "div",
        { class: "controls" },
        kit.slider("x", { min: -60, max: 10, step: 0.5, value: -45, format: (value) => number(value, 1) }, show),
      ),
      body,
      kit.note(`Below x = ${number(tanh_overflows_below, 1)} the exponential no longer fits into 32 bits.`),
    );
  }

  function scientific(value) {
    if (!Number.isFinite(value)) return number(value);
    const size = Math.abs(value);
    if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(3).replace("-", "−");
    return number(value, 6);
  }
})();
