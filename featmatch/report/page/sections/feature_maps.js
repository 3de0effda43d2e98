// Every feature map of every layer with ORB's points over it, after any epoch, and what the maps say
// of the points.
"use strict";

kit.section("feature-maps", "Where the points lie in the feature maps", (root, comparison) => {
  const { el, number } = kit;
  const maps = comparison.feature_maps;
  const { layers } = maps;
  const networks = kit.networks(comparison);
  const working = [comparison.gray.width, comparison.gray.height];
  const ANSWERS = {
    corner: "corners",
    edge: "edges",
    blob: "blobs",
    "dark area": "dark areas",
    "bright area": "bright areas",
    flat: "flat places",
    mixed: "several of these",
  };
  const state = { layer: layers[0], channel: 0, points: "orb", network: networks.kept, maps: null, at: null };
  const readout = el("output", { class: "readout", "aria-live": "polite" });
  const stage = el("div");
  const ranking = el("div");
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

  // A map in a box that stands for the picture; what the network sees reaches a little further.
  function drawTile(context, channel, [left, top, width, height]) {
    const units = working.map((length) => length / state.layer.stride);
    context.imageSmoothingEnabled = false;
    context.drawImage(state.maps.grays[channel].canvas, 0, 0, ...units, left, top, width, height);
  }

  // Where the tiles of a layer lie on a drawing of this width.
  function arrangement(width) {
    const { num_channels: count } = state.layer;
    const across = count === 1 ? 1 : Math.max(count > 32 ? 4 : 3, Math.round(width / (count > 32 ? 136 : 160)));
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
    return { across, box, height: rows * (tileHeight + gap) - gap, pitch: [tileWidth + gap, tileHeight + gap] };
  }

  function drawOverview(context, colors, width) {
    if (!state.maps) return;
    const { box } = arrangement(width);
    for (let channel = 0; channel < state.layer.num_channels; channel += 1) {
      const [left, top, w, h] = box(channel);
      drawTile(context, channel, [left, top, w, h]);
      context.save();
      context.beginPath();
      context.rect(left, top, w, h);
      context.clip();
      drawPoints(context, left, top, w, state.layer.num_channels === 1 ? 3 : 1.2);
      context.restore();
    }
    context.lineWidth = 3;
    context.strokeStyle = colors.accent;
    context.strokeRect(...box(state.channel));
  }

  const large = kit.canvas(
    640,
    Math.round((640 * maps.size[1]) / maps.size[0]),
    (context, colors, width, height) => {
      if (!state.maps) return;
      drawTile(context, state.channel, [0, 0, width, height]);
      drawPoints(context, 0, 0, width, 3);
      if (!state.at) return;
      const scale = width / (working[0] / state.layer.stride);
      context.lineWidth = 2;
      context.strokeStyle = colors.accent;
      context.strokeRect((state.at[0] - 8) * scale, (state.at[1] - 8) * scale, 17 * scale, 17 * scale);
    },
    { label: "The chosen feature map, large. Point at it to see its numbers enlarged.", onpoint: look },
  );

  const loupe = kit.loupe("A part of the map, a square for each number.", {
    at: () => state.maps && state.at && { ...state.maps.map(state.channel), x: state.at[0], y: state.at[1] },
    mark: (context, place) => {
      for (const [points, color] of pointSets[state.points]) {
        for (const point of points) {
          const unit = point.map((value, axis) => ((value + 0.5) * working[axis]) / maps.size[axis] / state.layer.stride - 0.5);
          kit.ring(context, place(unit), 6, color);
        }
      }
    },
  });

  // Point at a unit of the large map.
  function look(x, y, _kind, width, height) {
    const unit = (share, axis) => Math.min(Math.floor((share * working[axis]) / state.layer.stride), Math.ceil(working[axis] / state.layer.stride) - 1);
    state.at = [unit(x / width, 0), unit(y / height, 1)];
    large.redraw();
    loupe.redraw();
  }

  // The unit with the largest number, where a map is looked at first.
  function peak() {
    const { values, width } = state.maps.map(state.channel);
    const at = values.indexOf(values.reduce((most, value) => Math.max(most, value)));
    state.at = [at % width, Math.floor(at / width)];
  }

  function tell() {
    const { title, answers, auroc_random: random, auroc_edges: edges } = state.layer;
    const c = state.channel;
    const { low, high } = state.maps.grays[c];
    const kept = state.network === networks.kept;
    const parts = [
      `${title}, map ${c + 1} of ${state.layer.num_channels}`,
      kept && answers[c] && `answers to: ${ANSWERS[answers[c]]}`,
      kept && random[c] != null && `ORB's points against random places ${number(random[c], 2)}, against equally strong edges ${number(edges[c], 2)}`,
      `black is ${number(low, 2)}, white ${number(high, 2)}`,
    ];
    readout.textContent = `${parts.filter(Boolean).join("; ")}.`;
    for (const drawing of [overview, large, loupe]) drawing?.redraw();
  }

  function choose(x, y, _kind, width) {
    const { across, pitch } = arrangement(width);
    const column = Math.min(Math.floor(x / pitch[0]), across - 1);
    const channel = Math.floor(y / pitch[1]) * across + column;
    if (channel >= state.layer.num_channels || channel === state.channel) return;
    state.channel = channel;
    peak();
    tell();
  }

  // Work the maps of the chosen layer and epoch out, and show them.
  async function show({ layer = state.layer, network = state.network } = {}) {
    if (layer !== state.layer || !state.maps) state.channel = strongest(layer);
    Object.assign(state, { layer, network });
    readout.textContent = "The network is at work …";
    const found = await networks.layer(network, layer.name);
    if (layer !== state.layer || network !== state.network) return; // another was chosen meanwhile
    const { width, height, planes } = found;
    const map = (channel) => ({ values: planes[channel], width, height, gray: state.maps.grays[channel] });
    state.maps = { map, grays: planes.map((values) => kit.grayMap({ values, width, height }, { whole: planes.length === 1 })) };
    peak();
    const room = Math.min(stage.clientWidth || 1100, layer.num_channels === 1 ? 640 : 1224);
    const label = `All maps of the layer: ${layer.title}.`;
    overview = layer.num_channels > 1 ? kit.canvas(room, arrangement(room).height, drawOverview, { label, onpoint: choose }) : null;
    stage.replaceChildren(...(overview ? [overview.node] : []));
    ranking.replaceChildren(...(network === networks.kept ? ranked(layer) : [kit.note("What maps tell of ORB's points was measured for the network that was kept.")]));
    tell();
  }

  // The channel that answers most to ORB's points, beside equally strong edges.
  const strongest = ({ auroc_edges: edges }) => Math.max(edges.indexOf(Math.max(...edges)), 0);

  function ranked({ auroc_edges: edges, answers }) {
    const count = (word) => answers.filter((answer) => answer === word).length;
    const told = Object.entries(ANSWERS)
      .filter(([word]) => count(word))
      .map(([word, things]) => `${things} (${count(word)})`)
      .join(", ");
    const order = edges.map((_, c) => c).sort((a, b) => edges[b] - edges[a]).slice(0, 8);
    return [
      told && el("p", {}, `What its maps answer to most: ${told}.`),
      order.length > 1 &&
        kit.bars({
          label: "Maps that tell ORB's points best from equally strong edges",
          y: { label: "probability of the larger value at ORB's point; 0.5 tells nothing", max: 1 },
          bars: order.map((c) => ({ name: `map ${c + 1}${answers[c] ? ` (${answers[c]})` : ""}`, value: edges[c] })),
        }).node,
    ].filter(Boolean);
  }

  root.append(
    el(
      "p",
      {},
      "All maps of the network for the first image, layer by layer, worked out in this page, each from its lowest values (black) to its highest (white); of several, the outermost 2 % are cut off. The orange dots are ORB's points, which the network has never been shown. See how the maps were before training, and how soon they became what they are.",
    ),
    el(
      "div",
      { class: "controls" },
      kit.select("Layer", layers.map((layer) => [layer, layer.title]), state.layer, (layer) => show({ layer })),
      networks.choice((network) => show({ network })),
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
    el("div", { class: "pair" }, el("div", {}, large.node), loupe.node),
    ranking,
  );
  show();
});
