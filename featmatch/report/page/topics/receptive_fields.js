// Receptive fields: how they grow through the network.
"use strict";

(() => {
  const { el, number } = kit;
  const WIDTH = 640; // CSS px of the picture where there is room

  kit.topic("receptive-fields", (root, data) => {
    root.append(...growth(data), kit.ownLayers());
  });

  // The network's steps, drawn to scale on the picture.
  function growth(data) {
    const { picture, steps, share, num_windows: windows } = data;
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
        ? `Red is how much each pixel matters, measured on ${windows} windows of this picture, ${width} × ${height} px. ${number(100 * share, 0)} % of it lies within the dashed square of ${step.effective_size} px: ${number((100 * step.effective_size ** 2) / step.size ** 2, 0)} % of the area.`
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
})();
