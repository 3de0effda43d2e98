// The images as dots, those of the same scene joined by lines.
"use strict";

kit.section("graph", "What hangs together", (root, collection) => {
  const { el } = kit;
  const { data, pairs } = collection;
  const WIDTH = 1080; // CSS px, where there is room
  const MARGIN = 12; // CSS px around the dots
  const NEAR = 14; // CSS px: how near the pointer has to be to a dot
  const NEAR_LINE = 6; // ... and to a line
  const scenes = pairs.filter((pair) => pair.kind === 2);
  const bridges = scenes.filter((pair) => pair.bridge);
  const readout = el("output", { class: "readout", "aria-live": "polite" });
  const shown = el("div", { class: "row" });
  let pointed = null; // an image
  let canvas = null;

  const placer = (width) => ([x, y]) => [
    MARGIN + x * (width - 2 * MARGIN),
    MARGIN + y * (width - 2 * MARGIN),
  ];

  function draw(context, colors, width) {
    const places = data.places.map(placer(width));
    const line = (pair) => {
      context.beginPath();
      context.moveTo(...places[pair.first]);
      context.lineTo(...places[pair.second]);
      context.stroke();
    };
    context.strokeStyle = colors.muted;
    context.lineWidth = 1;
    context.globalAlpha = Math.min(0.5, Math.max(0.05, 300 / (scenes.length || 1)));
    scenes.forEach(line);
    context.globalAlpha = 1;
    context.strokeStyle = colors.series[5];
    context.lineWidth = 2.5;
    bridges.forEach(line);
    if (pointed !== null) {
      context.strokeStyle = colors.accent;
      context.lineWidth = 1.5;
      collection.partners[pointed].filter(({ kind }) => kind === 2).forEach(line);
    }
    const radius = Math.min(7, Math.max(2, width / 20 / Math.sqrt(places.length || 1)));
    places.forEach(([x, y], image) => {
      context.beginPath();
      context.arc(x, y, image === pointed ? radius + 3 : radius, 0, 2 * Math.PI);
      context.fillStyle = collection.colorOf(image, colors);
      context.fill();
      context.strokeStyle = colors.background;
      context.lineWidth = 1;
      context.stroke();
    });
  }

  // The image or else the pair next to a place of the drawing.
  function nearest(x, y, width) {
    const places = data.places.map(placer(width));
    const distances = places.map(([px, py]) => Math.hypot(px - x, py - y));
    const least = Math.min(...distances);
    if (least < NEAR) return { image: distances.indexOf(least), pair: null };
    let [pair, near] = [null, NEAR_LINE];
    for (const scene of [...bridges, ...scenes]) {
      const distance = toLine([x, y], places[scene.first], places[scene.second]);
      if (distance < near) [pair, near] = [scene, distance];
    }
    return { image: null, pair };
  }

  function toLine([x, y], [x0, y0], [x1, y1]) {
    const [dx, dy] = [x1 - x0, y1 - y0];
    const share = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
    const along = Math.min(Math.max(share, 0), 1);
    return Math.hypot(x0 + along * dx - x, y0 + along * dy - y);
  }

  function tell(x, y, kind, width) {
    const { image, pair } = nearest(x, y, width);
    if (kind === "click" && pair) collection.choose(pair);
    if (kind === "click" && image !== null && collection.partners[image].length)
      collection.choose(collection.partners[image][0]);
    if (image === null && pair) {
      readout.textContent = `${collection.named(pair)}: ${kit.counted(pair.inliers, "inlier")}${pair.bridge ? ", the only link between two sides" : ""}.`;
      show([pair.first, pair.second]);
    } else if (image !== null) {
      const size = collection.sizes[data.components[image]];
      readout.textContent =
        size > 1
          ? `${data.names[image]}: ${kit.counted(data.degrees[image], "partner")}, in a component of ${size}.`
          : `${data.names[image]}: no partner.`;
      show([image]);
    }
    if (image !== pointed) {
      pointed = image;
      canvas.redraw();
    }
  }

  function show(images) {
    shown.replaceChildren(...images.map((image) => collection.thumbnail(image)));
  }

  const label = "The images as dots, joined by lines where they show the same scene.";
  root.append(
    el(
      "p",
      {},
      "Each dot is an image, each line a pair of the same scene; a component has one color. A thick line alone holds two sides together: if it is wrong, two places are glued into one, and if it is lost, the component falls apart. Gray dots have no partner.",
    ),
  );
  if (!data.places.length) {
    root.append(kit.note("No images."));
    return;
  }
  const height = Math.round(data.height * (WIDTH - 2 * MARGIN) + 2 * MARGIN);
  canvas = kit.canvas(WIDTH, height, draw, { label, onpoint: tell });
  root.append(canvas.node, readout, shown);
});
