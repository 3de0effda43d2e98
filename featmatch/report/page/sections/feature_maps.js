// Every feature map of every layer with ORB's points over it, and what the maps say of the points.
"use strict";

kit.section("feature-maps", "Where the points lie in the feature maps", (root, comparison) => {
  const { el, number } = kit;
  const maps = comparison.feature_maps;
  const { layers } = maps;
  const ANSWERS = {
    corner: "corners",
    edge: "edges",
    blob: "blobs",
    flat: "flat places",
    mixed: "several of these",
  };
  const state = { layer: layers[0], channel: 0, points: "orb", tiles: null };
  const readout = el("output", { class: "readout", "aria-live": "polite" });
  const stage = el("div");
  let overview = null;

  const pointSets = {
    none: [],
    orb: [[maps.points0, kit.overPicture.orb]],
    cnn: [[maps.learned_points, kit.overPicture.cnn]],
    both: [
      [maps.learned_points, kit.overPicture.cnn],
      [maps.points0, kit.overPicture.orb],
    ],
  };

  function drawPoints(context, left, top, width, side) {
    const place = kit.placer(maps.size, width, left, top);
    for (const [points, color] of pointSets[state.points]) {
      context.fillStyle = color;
      for (const point of points) {
        const [x, y] = place(point);
        context.fillRect(x - side / 2, y - side / 2, side, side);
      }
    }
  }

  function drawTile(context, channel, [left, top, width, height]) {
    const {
      columns,
      tile_size: [w, h],
    } = state.layer;
    const from = [(channel % columns) * w, Math.floor(channel / columns) * h];
    context.imageSmoothingEnabled = false;
    context.drawImage(state.tiles, ...from, w, h, left, top, width, height);
  }

  // Where the tiles of a layer lie on a drawing of this width.
  function arrangement(width) {
    const { num_channels: count } = state.layer;
    const across =
      count === 1 ? 1 : Math.max(count > 32 ? 4 : 3, Math.round(width / (count > 32 ? 136 : 160)));
    const gap = 3;
    const tileWidth = (width - gap * (across - 1)) / across;
    const tileHeight = (tileWidth * maps.size[1]) / maps.size[0];
    const box = (channel) => [
      (channel % across) * (tileWidth + gap),
      Math.floor(channel / across) * (tileHeight + gap),
      tileWidth,
      tileHeight,
    ];
    const rows = Math.ceil(count / across);
    return {
      across,
      box,
      height: rows * (tileHeight + gap) - gap,
      pitch: [tileWidth + gap, tileHeight + gap],
    };
  }

  function drawOverview(context, colors, width) {
    if (!state.tiles) return;
    const { box } = arrangement(width);
    for (let channel = 0; channel < state.layer.num_channels; channel += 1) {
      drawTile(context, channel, box(channel));
      const [left, top, w, h] = box(channel);
      context.save();
      context.beginPath();
      context.rect(left, top, w, h);
      context.clip();
      drawPoints(context, left, top, w, state.layer.num_channels === 1 ? 3 : 1.2);
      context.restore();
    }
    const [left, top, w, h] = box(state.channel);
    context.lineWidth = 3;
    context.strokeStyle = colors.accent;
    context.strokeRect(left, top, w, h);
  }

  const large = kit.canvas(
    640,
    Math.round((640 * maps.size[1]) / maps.size[0]),
    (context, _colors, width, height) => {
      if (!state.tiles) return;
      drawTile(context, state.channel, [0, 0, width, height]);
      drawPoints(context, 0, 0, width, 3);
    },
    { label: "The chosen feature map, large." },
  );

  function tell() {
    const {
      title,
      answers,
      auroc_random: random,
      auroc_edges: edges,
      low,
      high,
    } = state.layer;
    const c = state.channel;
    const parts = [
      `${title}, map ${c + 1} of ${state.layer.num_channels}`,
      answers[c] && `answers to: ${answers[c]}`,
      random[c] != null &&
        `ORB's points against random places ${number(random[c], 2)}, against equally strong edges ${number(edges[c], 2)}`,
      `black is ${number(low[c], 2)}, white ${number(high[c], 2)}`,
    ];
    readout.textContent = `${parts.filter(Boolean).join("; ")}.`;
    overview?.redraw();
    large.redraw();
  }

  function choose(x, y, _kind, width) {
    const { across, pitch } = arrangement(width);
    const column = Math.min(Math.floor(x / pitch[0]), across - 1);
    const channel = Math.floor(y / pitch[1]) * across + column;
    if (channel >= state.layer.num_channels || channel === state.channel) return;
    state.channel = channel;
    tell();
  }

  async function showLayer(layer) {
    Object.assign(state, {
      layer,
      channel: strongest(layer),
      tiles: await kit.loaded(layer.mosaic),
    });
    const width = Math.min(stage.clientWidth || 1100, layer.num_channels === 1 ? 640 : 1224);
    overview = kit.canvas(width, arrangement(width).height, drawOverview, {
      label: `All maps of the layer: ${layer.title}.`,
      onpoint: choose,
    });
    stage.replaceChildren(overview.node);
    ranking.replaceChildren(...ranked(layer));
    tell();
  }

  // The channel that tells ORB's points best from equally strong edges, high or low.
  function strongest({ auroc_edges: edges }) {
    const certainty = edges.map((value) => Math.abs(value - 0.5));
    return Math.max(certainty.indexOf(Math.max(...certainty)), 0);
  }

  const ranking = el("div");

  function ranked({ auroc_edges: edges, answers }) {
    const count = (word) => answers.filter((answer) => answer === word).length;
    const told = Object.entries(ANSWERS)
      .filter(([word]) => count(word))
      .map(([word, things]) => `${things} (${count(word)})`)
      .join(", ");
    const order = edges
      .map((_, c) => c)
      .sort((a, b) => edges[b] - edges[a])
      .slice(0, 8);
    return [
      told && el("p", {}, `What its maps answer to most: ${told}.`),
      order.length > 1 &&
        kit.bars({
          label: "Maps that tell ORB's points best from equally strong edges",
          y: { label: "probability of the larger value at ORB's point; 0.5 tells nothing", max: 1 },
          bars: order.map((c) => ({
            name: `map ${c + 1}${answers[c] ? ` (${answers[c]})` : ""}`,
            value: edges[c],
          })),
        }).node,
    ].filter(Boolean);
  }

  root.append(
    el(
      "p",
      {},
      "All maps of the network for the first image, layer by layer, each from its lowest values (black) to its highest (white); the outermost 2 % are cut off. The orange dots are ORB's points, which the network has never been shown.",
    ),
    el(
      "div",
      { class: "controls" },
      kit.select(
        "Layer",
        layers.map((layer) => [layer, layer.title]),
        state.layer,
        showLayer,
      ),
      kit.choice(
        "Points",
        [
          ["none", "none"],
          ["orb", "ORB"],
          ["cnn", "network"],
          ["both", "both"],
        ],
        state.points,
        (value) => {
          state.points = value;
          tell();
        },
      ),
    ),
    stage,
    readout,
    el("div", { class: "pair" }, large.node, ranking),
  );
  showLayer(state.layer);
});
