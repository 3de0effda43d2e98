// 1 x 1 convolution: the channels of one pixel become others.
"use strict";

(() => {
  const { el, number } = kit;
  const COLUMNS = 8; // channels side by side, at most
  const MAX_ROWS = 8; // products listed; of more channels the largest are

  kit.topic("channels", (root, data) => {
    let mixing = data.mixings[0];
    let at = { row: 5, column: 5 };
    let output = 0;
    let mosaics = [];

    const explanation = el("p", { class: "muted" });
    const counts = el("p", { class: "number" });
    const place = kit.framed(data.picture, mixing, "The picture; a frame marks the pixels shown");
    const inputs = el("div", { style: "width: 24rem; max-width: 100%" });
    const outputs = el("div", { style: "width: 24rem; max-width: 100%" });
    const choices = el("div");
    const products = el("div");
    const sum = el("output", { class: "readout number" });

    function choose(name) {
      mixing = data.mixings.find((candidate) => candidate.name === name);
      output = 0;
      place.update(mixing);
      explanation.textContent = mixing.explanation;
      const [from, to] = [mixing.input_names.length, mixing.output_names.length];
      counts.textContent = `${from} · ${to} = ${number(from * to)} weights; kernels of 3 x 3 would take nine times as many, ${number(9 * from * to)}.`;
      const names = mixing.output_names.map((text, channel) => [channel, text]);
      choices.replaceChildren(to > 1 ? kit.choice("Output channel", names, 0, chooseOutput) : "");
      mosaics = [
        mosaic(mixing.inputs, mixing.input_names, () => null, () => {}),
        mosaic(mixing.outputs, mixing.output_names, () => output, chooseOutput),
      ];
      inputs.replaceChildren(kit.captioned(mosaics[0].node, `In: ${named(mixing.input_names)}`));
      outputs.replaceChildren(kit.captioned(mosaics[1].node, `Out: ${named(mixing.output_names)}`));
      tell();
    }

    function chooseOutput(channel) {
      output = channel;
      for (const choice of choices.querySelectorAll("input")) choice.checked = Number(choice.value) === channel;
      for (const { redraw } of mosaics) redraw();
      tell();
    }

    function point(pixel) {
      at = pixel;
      for (const { redraw } of mosaics) redraw();
      tell();
    }

    // All channels side by side, each from its lowest number in black to its highest in white.
    function mosaic(maps, names, chosen, onchoose) {
      const side = maps.length;
      const columns = Math.min(names.length, COLUMNS);
      const rows = Math.ceil(names.length / columns);
      const channels = names.map((_, channel) => maps.map((line) => line.map((pixel) => pixel[channel])));
      const draw = (context, colors, width) => {
        const tile = width / columns;
        channels.forEach((numbers, channel) => {
          const [x, y] = [(channel % columns) * tile, Math.floor(channel / columns) * tile];
          paint(context, numbers, x + 1, y + 1, tile - 2);
          const pixel = (tile - 2) / side;
          context.lineWidth = 2;
          context.strokeStyle = colors.accent;
          context.strokeRect(x + 1 + at.column * pixel, y + 1 + at.row * pixel, pixel, pixel);
          if (channel === chosen()) context.strokeRect(x + 1, y + 1, tile - 2, tile - 2);
        });
      };
      const onpoint = (x, y, kind, width) => {
        const tile = width / columns;
        const channel = Math.floor(y / tile) * columns + Math.floor(x / tile);
        const index = (distance) => Math.min(Math.floor(((distance % tile) / tile) * side), side - 1);
        if (kind === "click" && channel < names.length) onchoose(channel);
        point({ row: index(y), column: index(x) });
      };
      const label = `${kit.counted(names.length, "channel")} of ${side} x ${side} pixels.`;
      return kit.canvas(columns < COLUMNS ? 96 * columns : 384, (columns < COLUMNS ? 96 : 48) * rows, draw, { label, onpoint });
    }

    function tell() {
      const terms = mixing.inputs[at.row][at.column].map((value, channel) => {
        const weight = mixing.weights[channel][output];
        return { name: mixing.input_names[channel], value, weight, product: value * weight };
      });
      const bias = mixing.bias[output];
      const total = terms.reduce((before, { product }) => before + product, bias);
      const [listed, others] = largest(terms);
      const rows = listed.map(({ name, value, weight, product }) => [name, short(value), number(weight, 4), number(product, 3)]);
      if (others.length) {
        const rest = others.reduce((before, { product }) => before + product, 0);
        rows.push([`${others.length} others, together`, "", "", number(rest, 3)]);
      }
      const caption = `Row ${at.row + 1}, column ${at.column + 1}: ${mixing.output_names[output]}`;
      products.replaceChildren(kit.table(caption, ["channel", "value", "weight", "product"], rows));
      const engine = mixing.outputs[at.row][at.column][output];
      const biased = bias ? `, with the bias ${number(bias, 4)},` : "";
      sum.textContent = `The sum of the products${biased} is ${number(total, 3)}; the engine's output here is ${number(engine, 3)}.`;
    }

    root.append(
      kit.choice("Mix", data.mixings.map(({ name, label }) => [name, label]), mixing.name, choose),
      explanation,
      counts,
      el("div", { class: "row" }, place.node, el("div", { class: "column", style: "max-width: 100%" }, inputs, outputs)),
      kit.note("Every square shows one channel of the framed pixels, from its lowest number in black to its highest in white. Point at a pixel; click a square of the output to see how it is made."),
      choices,
      sum,
      products,
    );
    choose(mixing.name);
  });

  const short = (value) => number(value, Number.isInteger(value) ? 0 : 3);
  const named = (names) => (names.length > 4 ? `${names.length} channels, by rows` : names.join(", "));

  // The terms to list, and the others.
  function largest(terms) {
    if (terms.length <= MAX_ROWS) return [terms, []];
    const sorted = [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    return [sorted.slice(0, MAX_ROWS), sorted.slice(MAX_ROWS)];
  }

  function paint(context, numbers, x, y, size) {
    const values = numbers.flat();
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const pixel = size / numbers.length;
    numbers.forEach((line, row) => {
      line.forEach((value, column) => {
        const level = Math.round((255 * (value - low)) / (high - low || 1));
        context.fillStyle = `rgb(${level}, ${level}, ${level})`;
        context.fillRect(x + column * pixel, y + row * pixel, pixel + 0.5, pixel + 0.5);
      });
    });
  }
})();
