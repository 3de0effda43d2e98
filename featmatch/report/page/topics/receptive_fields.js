// Receptive fields: how they grow through the network, and through layers of one's own choice.
"use strict";

(() => {
  const { el, number } = kit;
  const WIDTH = 640; // CSS px of the picture where there is room
  const MAX_LAYERS = 5;

  kit.topic("receptive-fields", (root, data) => {
    root.append(...growth(data), ...ownLayers());
  });

  // The network's steps, drawn to scale on the picture.
  function growth(data) {
    const { picture, steps, share } = data;
    const { width, height } = picture;
    const state = { step: steps.length - 1, point: [width / 2, height / 2], drawn: null, heat: null };
    const readout = el("output", { class: "readout number", "aria-live": "polite" });
    const effective = el("p");

    const canvas = kit.canvas(WIDTH, Math.round((WIDTH * height) / width), draw, {
      label: "The picture with receptive fields around a point.",
      onpoint: (x, y, kind, shown) => {
        const byKeys = canvas.node.matches(":focus-visible");
        if (kind === "hover" && !byKeys) return;
        state.point = [x, y].map((value) => (value * width) / shown - 0.5);
        canvas.redraw();
      },
    });

    // Middle of what the unit of a step sees that is nearest to the point.
    function middle({ center, jump }) {
      return state.point.map((value) => center + jump * Math.max(Math.round((value - center) / jump), 0));
    }

    function draw(context, _colors, shown) {
      const scale = shown / width;
      const box = ([x, y], side) => [(x + 0.5 - side / 2) * scale, (y + 0.5 - side / 2) * scale, side * scale, side * scale];
      if (state.drawn) context.drawImage(state.drawn, 0, 0, shown, height * scale);
      const step = steps[state.step];
      if (state.heat) context.drawImage(state.heat, ...box(middle(step), step.size));
      const outline = (at, side, line, style) => {
        context.lineWidth = line;
        context.strokeStyle = style;
        context.strokeRect(...box(at, side));
      };
      for (const earlier of steps.slice(0, state.step)) outline(middle(earlier), earlier.size, 1, "rgb(255 255 255 / 70%)");
      const strong = (side, color) => {
        outline(middle(step), side, 4, "rgb(0 0 0 / 60%)");
        outline(middle(step), side, 2, color);
      };
      strong(step.size, "#ffffff");
      context.setLineDash([6, 4]);
      if (step.effective_size) strong(step.effective_size, "#ffd84d");
      context.setLineDash([]);
    }

    const table = kit.table(
      "The steps of the network, from the pixels on",
      ["step", "kernel", "stride", "jump after it, px", "field, px"],
      steps.map(({ title, kernel_size: kernel, stride, jump, size }, index) => [`${index + 1}. ${title}`, kernel, stride, jump, size]),
    );
    const rows = [...table.querySelectorAll("tbody tr")];

    function show(index) {
      state.step = index;
      const step = steps[index];
      const before = index ? steps[index - 1] : { size: 1, jump: 1 };
      readout.textContent =
        `Step ${index + 1}, ${step.title}: the field is ${before.size} + (${step.kernel_size} − 1) × ${before.jump} = ${step.size} px; ` +
        `the jump to the next unit is ${before.jump} × ${step.stride} = ${step.jump} px.`;
      effective.textContent = step.effective_size
        ? `Red is how much each pixel matters, measured on windows of your image. ${number(100 * share, 0)} % of it lies within the dashed square of ${step.effective_size} px: ${number((100 * step.effective_size ** 2) / step.size ** 2, 0)} % of the area.`
        : "How much each pixel matters is measured for convolutions.";
      rows.forEach((row, place) => {
        row.style.background = place === index ? "var(--surface)" : "";
        row.style.fontWeight = place === index ? "700" : "";
        if (place === index) row.setAttribute("aria-current", "step");
        else row.removeAttribute("aria-current");
      });
      paintHeat(step);
    }

    async function paintHeat(step) {
      state.heat = null;
      canvas.redraw();
      if (!step.heat) return;
      const heat = await tinted(step.heat);
      if (steps[state.step] !== step) return;
      state.heat = heat;
      canvas.redraw();
    }

    const stepper = kit.stepper("Step", steps.length, show, { value: state.step });
    show(state.step);
    kit.loaded(picture).then((drawn) => {
      state.drawn = drawn;
      canvas.redraw();
    });
    return [
      el("div", { class: "controls" }, stepper.node),
      kit.note("Click on the picture to look at the units there. White: the theoretical fields of all steps up to this one."),
      el("div", { class: "row" }, canvas.node, el("div", { style: "flex: 1 1 20rem; min-width: 0" }, readout, effective, table)),
    ];
  }

  // A gray picture as a red layer: the brighter, the less of what is below it shines through.
  async function tinted(picture) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext("2d");
    context.drawImage(await kit.loaded(picture), 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let index = 0; index < pixels.data.length; index += 4) {
      const alpha = 225 * Math.sqrt(pixels.data[index] / 255);
      pixels.data.set([255, 50, 50, alpha], index);
    }
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  // Layers of one's own, along one axis: sizes, connections, and ways from each pixel to the unit.
  function ownLayers() {
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
    return [
      el("h4", {}, "Layers of your own"),
      kit.note("Along one axis. The stride of a layer spreads the taps of the layers after it."),
      list,
      el("div", { class: "controls" }, more, fewer),
      readout,
      drawing.node,
      chart.node,
    ];
  }

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
