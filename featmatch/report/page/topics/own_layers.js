// Receptive fields of layers of one's own choice: a part of the topic on receptive fields.
"use strict";

(() => {
  const { el, number } = kit;
  const MAX_LAYERS = 5;

  // Layers of one's own, along one axis: sizes, connections, and ways from each pixel to the unit.
  kit.ownLayers = () => {
    const layers = [3, 3, 3].map((kernel) => ({ kernel, stride: 1, dilation: 1 }));
    const list = el("div");
    const readout = el("output", { class: "readout number", "aria-live": "polite" });
    const drawing = kit.canvas(960, 300, (context, colors, width, height) => drawLayers(context, colors, width, height, layers), {
      label: "One unit of the last layer above the units and pixels that it sees.",
    });
    const chart = kit.chart(spec());

    function spec() {
      const counts = ways(layers);
      const total = counts.reduce((a, b) => a + b, 0);
      return {
        label: "Ways from each pixel to the unit",
        x: { label: "pixel of the field" },
        y: { label: "% of all ways", min: 0 },
        series: [{ name: "ways", x: counts.map((_, index) => index + 1), y: counts.map((count) => (100 * count) / total) }],
      };
    }

    function show() {
      let [size, jump] = [1, 1];
      const told = layers.map(({ kernel, stride, dilation }) => {
        const before = size;
        size += (kernel - 1) * dilation * jump;
        const spread = dilation > 1 ? ` × ${dilation}` : "";
        const text = `${before} + (${kernel} − 1)${spread} × ${jump} = ${size}`;
        jump *= stride;
        return text;
      });
      const counts = ways(layers);
      const gaps = counts.filter((count) => count === 0).length;
      const unseen = gaps ? ` ${gaps} of these pixels are stepped over and do not count at all.` : "";
      readout.textContent = `Fields after each layer: ${told.join("; ")} px. Ways to the unit: ${number(counts[Math.floor(counts.length / 2)])} from the middle pixel, ${number(counts[0])} from the first one.${unseen}`;
      drawing.redraw();
      chart.update(spec());
    }

    function build() {
      list.replaceChildren(
        ...layers.map((layer, index) => {
          const choose = (key, words, values) =>
            kit.select(`${words} of layer ${index + 1}`, values.map((value) => [value, String(value)]), layer[key], (value) => {
              layer[key] = value;
              show();
            });
          return el(
            "div",
            { class: "controls" },
            choose("kernel", "Kernel", [1, 2, 3, 5, 7]),
            choose("stride", "Stride", [1, 2, 3]),
            choose("dilation", "Dilation", [1, 2, 3]),
          );
        }),
      );
      more.disabled = layers.length === MAX_LAYERS;
      fewer.disabled = layers.length === 1;
      show();
    }

    function button(text, change) {
      const onclick = () => {
        change();
        build();
      };
      return el("button", { type: "button", onclick }, text);
    }

    const more = button("Add a layer", () => layers.push({ kernel: 3, stride: 1, dilation: 1 }));
    const fewer = button("Remove the last one", () => layers.pop());
    build();
    return el(
      "div",
      { class: "try" },
      el("h4", {}, "Layers of your own"),
      kit.note("Along one axis. The stride of a layer spreads the taps of the layers after it."),
      list,
      el("div", { class: "controls" }, more, fewer),
      readout,
      drawing.node,
      chart.node,
    );
  };

  // How many ways lead from each pixel to one unit of the last layer.
  function ways(layers) {
    return [...layers].reverse().reduce(
      (counts, { kernel, stride, dilation }) => {
        const below = Array((counts.length - 1) * stride + (kernel - 1) * dilation + 1).fill(0);
        counts.forEach((count, unit) => {
          for (let tap = 0; tap < kernel; tap += 1) below[unit * stride + tap * dilation] += count;
        });
        return below;
      },
      [1],
    );
  }

  // The unit at the top, and below it, layer by layer, all units that it sees, at their places.
  function drawLayers(context, colors, width, height, layers) {
    const levels = [[{ place: 0, taps: [] }]];
    const jumps = [1];
    for (const { stride } of layers) jumps.push(jumps.at(-1) * stride);
    for (let index = layers.length - 1; index >= 0; index -= 1) {
      const { kernel, dilation } = layers[index];
      const step = jumps[index];
      const reach = ((kernel - 1) * dilation) / 2;
      const below = new Map();
      for (const unit of levels[0]) {
        unit.taps = Array.from({ length: kernel }, (_, tap) => unit.place + (tap * dilation - reach) * step);
        for (const place of unit.taps) below.set(place, { place, taps: [] });
      }
      levels.unshift([...below.values()]);
    }
    const size = ways(layers).length;
    const x = (place) => ((place + size / 2) / size) * (width - 16) + 8;
    const y = (level) => height - 14 - (level * (height - 28)) / layers.length;
    const radius = Math.max(1, Math.min(6, width / size / 3));
    levels.forEach((units, level) => {
      context.strokeStyle = colors.muted;
      context.lineWidth = 0.75;
      for (const unit of units) {
        for (const place of unit.taps) {
          context.beginPath();
          context.moveTo(x(unit.place), y(level));
          context.lineTo(x(place), y(level - 1));
          context.stroke();
        }
      }
    });
    levels.forEach((units, level) => {
      context.fillStyle = level === 0 ? colors.text : colors.accent;
      for (const { place } of units) {
        context.beginPath();
        context.arc(x(place), y(level), radius, 0, 2 * Math.PI);
        context.fill();
      }
    });
  }
})();
