// 3 x 3 against 5 x 5: field, weights, multiply-adds and time of two small kernels and a large one.
"use strict";

(() => {
  const { el, number } = kit;

  kit.topic("kernel-size", (root, data) => {
    const [small, large] = data.plans;
    root.append(
      comparison(data, small, large),
      kit.bars({
        label: `Time of each way here on ${data.num_threads === 1 ? "one thread" : `${data.num_threads} threads`}, the middle of the times measured and their range`,
        y: { label: "milliseconds" },
        bars: data.plans.map(({ label, seconds }) => ({
          name: label,
          value: 1000 * median(seconds),
          low: 1000 * Math.min(...seconds),
          high: 1000 * Math.max(...seconds),
        })),
      }).node,
      el("p", {}, verdict(small, large)),
      el("h4", {}, "How much each pixel counts"),
      el("p", { class: "muted" }, "The gradient of one unit with respect to the pixels around it, over random weights; the largest is 1. Both reach 5 x 5 pixels, and no further."),
      el("div", { class: "row" }, data.plans.map(({ label, effective_field }) => fieldGrid(label, effective_field))),
      ...depths(),
      ...compositions(data.compositions),
    );
  });

  function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  function comparison(data, small, large) {
    const row = (name, value) => [name, value(small), value(large)];
    const fields = `${data.num_channels} maps of ${data.map_width} x ${data.map_height}, from the network that is shipped`;
    return kit.table(`On ${fields}`, ["", small.label, large.label], [
      row("receptive field", (plan) => `${plan.receptive_field} x ${plan.receptive_field}`),
      row("weights, 1 channel in, 1 out", (plan) => plan.num_weights),
      row(`weights, ${data.num_channels} channels in and out`, (plan) => plan.num_parameters),
      row("multiply-adds", (plan) => `${number(plan.num_multiply_adds / 1e6, 1)} million`),
      row("milliseconds", (plan) => number(1000 * median(plan.seconds), 2)),
    ]);
  }

  function verdict(small, large) {
    const work = large.num_multiply_adds / small.num_multiply_adds;
    const time = median(large.seconds) / median(small.seconds);
    const overlap = Math.min(...large.seconds) < Math.max(...small.seconds) && Math.min(...small.seconds) < Math.max(...large.seconds);
    return `The 5 x 5 kernel takes ${number(work, 2)} times the multiply-adds, and took ${number(time, 2)} times as long here, by the middle of ${small.seconds.length} times of each${overlap ? "; but their ranges overlap, so this is not certain" : ", whose ranges do not overlap"}. The two need not agree: this engine has a faster way for 3 x 3 kernels, and every layer has to read and write its maps.`;
  }

  const fieldGrid = (label, field) => {
    const rows = field.slice(1, -1).map((line) => line.slice(1, -1));
    const format = (value) => (value === 0 ? "0" : number(value, 2).replace("0.", "."));
    return el("div", {}, kit.grid(rows, { label, colors: "gray", low: 0, high: 1, format }).node);
  };

  // Formulas alone: how weights grow with the field for a stack and for one kernel.
  function depths() {
    let layers = 2;
    let channels = 64;
    const bars = kit.bars(counted(layers, channels));
    const update = () => bars.update(counted(layers, channels));
    return [
      el("h4", {}, "Deeper stacks"),
      el("div", { class: "controls" },
        kit.slider("Layers of 3 x 3", { min: 1, max: 8, value: layers }, (value) => { layers = value; update(); }),
        kit.slider("Channels, in and out", { min: 1, max: 128, value: channels }, (value) => { channels = value; update(); }),
      ),
      bars.node,
    ];
  }

  function counted(layers, channels) {
    const side = 2 * layers + 1;
    const plural = layers === 1 ? "one 3 x 3" : `${layers} of 3 x 3`;
    return {
      label: `Weights to see ${side} x ${side} pixels`,
      y: { label: "weights" },
      bars: [
        { name: plural, value: 9 * layers * channels ** 2 },
        { name: `one ${side} x ${side}`, value: (side * channels) ** 2 },
      ],
    };
  }

  function compositions(all) {
    const stage = el("div");
    const show = (label) => {
      const { first, second, composed, picture, max_difference } = all.find((each) => each.label === label);
      const format = (value) => (Number.isInteger(value) ? number(value, 0) : number(value, 3));
      const grid = (rows, text) => kit.grid(rows, { label: text, colors: "signed", format }).node;
      stage.replaceChildren(
        el("div", { class: "row" }, grid(first, "First kernel"), grid(second, "Second kernel"), grid(composed, "The one kernel that both are"), kit.captioned(picture, "The picture, convolved with it")),
        kit.note(`On this picture, one kernel after the other and the 5 x 5 kernel at once ${max_difference ? `differ by at most ${max_difference.toPrecision(1)} gray levels: by rounding` : "give the very same numbers"}.`),
      );
    };
    show(all[0].label);
    return [
      el("h4", {}, "Without an activation between them, two kernels are one"),
      el("p", { class: "muted" }, "Each weight of the second kernel lays a copy of the first at its place; the copies add up to a kernel of 5 x 5."),
      el("div", { class: "controls" }, kit.choice("Two in a row", all.map(({ label }) => [label, label]), all[0].label, show)),
      stage,
    ];
  }
})();
