// Feature maps: what a convolution gives, before and after the activation.
"use strict";

(() => {
  const { el, number } = kit;
  const WIDTH = 360; // CSS px of a map where there is room
  const AROUND = 2; // units to each side of the chosen one that are shown in numbers

  kit.topic("feature-maps", (root, data) => {
    const activations = {
      leaky: { text: "leaky ReLU, the network's", slope: data.negative_slope },
      relu: { text: "ReLU", slope: 0 },
      none: { text: "none", slope: 1 },
    };
    const state = { layer: data.layers[0], chosen: null, network: kit.pageNetworks?.kept, map: null, whole: null, slope: data.negative_slope, at: [0, 0] };
    const after = (value) => (value < 0 ? state.slope * value : value);
    const identity = (value) => value;

    const frame = kit.framed(data.picture, square(state.layer), "The picture; a frame marks the part below");
    const maps = el("div");
    const told = el("p", { class: "number" });
    const readout = el("output", { class: "readout number", "aria-live": "polite" });
    const wholes = [identity, after].map((change, index) => wholeMap(change, ["before", "after"][index]));
    const parts = [identity, after].map((change, index) => partOfMap(change, ["before", "after"][index]));
    const grids = ["Before the activation", "After it"].map((label) =>
      kit.grid([[0]], { label, colors: "signed", format: (value) => number(value, 2) }),
    );

    function wholeMap(change, when) {
      const { width, height } = data.picture;
      return kit.canvas(
        WIDTH,
        Math.round((WIDTH * height) / width),
        (context, colors, shown, shownHeight) => {
          if (!state.whole) return;
          const rows = state.whole.map((row) => row.map(change));
          paint(context, colors, rows, state.map.limit, [0, 0, shown, shownHeight]);
          const { row, column, num_units: count, stride } = state.layer;
          const scale = (stride * shown) / width;
          context.lineWidth = 2;
          context.strokeStyle = colors.accent;
          context.strokeRect(column * scale, row * scale, count * scale, count * scale);
        },
        { label: `The whole map ${when} the activation; a frame marks the part below.` },
      );
    }

    function partOfMap(change, when) {
      return kit.canvas(
        WIDTH,
        WIDTH,
        (context, colors, width) => {
          const rows = state.map.before.map((row) => row.map(change));
          paint(context, colors, rows, state.map.limit, [0, 0, width, width]);
          const side = width / state.layer.num_units;
          context.lineWidth = 3;
          context.strokeStyle = colors.accent;
          context.strokeRect(state.at[1] * side, state.at[0] * side, side, side);
        },
        { label: `A part of the map ${when} the activation.`, onpoint: choose },
      );
    }

    function choose(x, y, _kind, width, height) {
      const count = state.layer.num_units;
      const place = (share) => Math.min(Math.max(Math.floor(share * count), 0), count - 1);
      state.at = [place(y / height), place(x / width)];
      tell();
    }

    function tell() {
      const [row, column] = state.at;
      const { stride, size } = state.layer;
      const value = state.map.before[row][column];
      const kept = value < 0 ? `${state.slope} × ${number(value, 3)} = ${number(after(value), 3)}` : "the same";
      const [x, y] = [state.layer.column + column, state.layer.row + row].map((unit) => Math.round(stride * (unit + 0.5)));
      readout.textContent = `The unit that sees ${size} × ${size} px around (${x}, ${y}): before the activation ${number(value, 3)}, after it ${kept}.`;
      const near = (center) => {
        const first = Math.min(Math.max(center - AROUND, 0), Math.max(state.layer.num_units - 2 * AROUND - 1, 0));
        return [first, first + 2 * AROUND + 1];
      };
      const [rows, columns] = [near(row), near(column)];
      const numbers = state.map.before.slice(...rows).map((line) => line.slice(...columns));
      const options = { highlight: [[row - rows[0], column - columns[0]]], low: -state.map.limit, high: state.map.limit };
      grids[0].update(numbers, options);
      grids[1].update(numbers.map((line) => line.map(after)), options);
      for (const canvas of [...wholes, ...parts]) canvas.redraw();
    }

    // The chosen map as it was after another epoch, worked out where the page has the network.
    async function otherwise(map) {
      const [, block, which] = /Block (\d+), (first|second)/.exec(state.layer.title);
      const name = `block${block}_conv${which === "first" ? 1 : 2}`;
      const { planes, width } = await kit.mapsOf(state.network, data.picture)(name);
      const { slope } = state.network;
      const values = planes[map.number - 1].map((value) => (value < 0 ? value / slope : value));
      const whole = Array.from({ length: values.length / width }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
      const { row, column, num_units: count } = state.layer;
      return {
        ...{ number: map.number, whole },
        limit: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
        share_negative: values.filter((value) => value < 0).length / values.length,
        before: whole.slice(row, row + count).map((line) => line.slice(column, column + count)),
      };
    }

    async function showMap(chosen) {
      state.chosen = chosen;
      const map = state.network && !state.network.kept ? await otherwise(chosen) : chosen;
      if (state.chosen !== chosen) return; // another one was chosen meanwhile
      Object.assign(state, { map, whole: map.whole ?? null });
      const share = 100 * map.share_negative;
      told.textContent = `Map ${map.number} of ${state.layer.num_maps}: ${number(share, 0)} % of its numbers are below 0; blue and orange are strongest at ${number(map.limit, 2)} and ${number(-map.limit, 2)}.`;
      tell();
      if (map.whole) return;
      const levels = await levelsOf(map.picture);
      if (state.map !== map) return; // another one was chosen meanwhile
      state.whole = levels.map((row) => row.map((level) => ((level - 128) / 127) * map.limit));
      for (const canvas of wholes) canvas.redraw();
    }

    function showLayer(layer) {
      Object.assign(state, { layer, whole: null, at: [0, 0].map(() => Math.floor(layer.num_units / 2)) });
      frame.update(square(layer));
      const options = layer.maps.map((map) => [map, String(map.number)]);
      maps.replaceChildren(kit.choice("Map", options, layer.maps[0], showMap));
      showMap(layer.maps[0]);
    }

    const narrow = (node) => Object.assign(node, { style: "margin: 0; width: 20rem; max-width: 100%" });
    const pair = (canvases, words) => canvases.map(({ node }, index) => narrow(kit.captioned(node, words[index])));
    root.append(
      el(
        "div",
        { class: "controls" },
        kit.choice("Layer", data.layers.map((layer) => [layer, layer.title]), state.layer, showLayer),
        maps,
        kit.pageNetworks?.choice((network) => {
          state.network = network;
          showMap(state.chosen);
        }),
        kit.choice("Activation", Object.entries(activations).map(([name, { text }]) => [name, text]), "leaky", (name) => {
          state.slope = activations[name].slope;
          tell();
        }),
      ),
      told,
      el("div", { class: "row" }, narrow(kit.captioned(frame.node, "The picture")), pair(wholes, ["The map before the activation", "after it"])),
      el("h4", {}, "A part of it, unit by unit"),
      kit.note("Point at a unit. Blue is above 0, orange below."),
      el("div", { class: "row" }, pair(parts, ["Before the activation", "after it"])),
      readout,
      el("div", { class: "row" }, grids.map(({ node }) => node)),
    );
    showLayer(state.layer);
  });

  // The part of a layer that is shown in numbers, in pixels of the picture.
  function square({ row, column, num_units: count, stride }) {
    return { x: column * stride, y: row * stride, side: count * stride };
  }

  // Draw rows of numbers of both signs into a box: the background is 0.
  function paint(context, colors, rows, limit, box) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [rows[0].length, rows.length];
    const inner = canvas.getContext("2d");
    const pixels = inner.createImageData(canvas.width, canvas.height);
    const [zero, above, below] = [colors.background, colors.positive, colors.negative].map(channels);
    rows.flat().forEach((value, index) => {
      const share = Math.sqrt(Math.min(Math.abs(value) / limit, 1)) || 0;
      const end = value < 0 ? below : above;
      pixels.data.set([...zero.map((level, c) => level + share * (end[c] - level)), 255], 4 * index);
    });
    inner.putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, ...box);
  }

  // "#1d7fd6" -> [29, 127, 214].
  function channels(color) {
    return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
  }

  // The gray levels of a picture, row by row.
  async function levelsOf(picture) {
    const { width, height } = picture;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.drawImage(await kit.loaded(picture), 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return Array.from({ length: height }, (_, row) => Array.from({ length: width }, (_, column) => data[4 * (row * width + column)]));
  }
})();
