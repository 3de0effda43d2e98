// What one unit of each layer sees of the image, drawn to scale at a chosen point.
"use strict";

kit.section("receptive-fields", "How much of the image a unit sees", (root, comparison) => {
  const NUM_WINDOWS = comparison.quick ? 4 : 16; // that the effective fields are measured on
  const { el, number } = kit;
  const { layers, share, orb_patch: orbPatch } = comparison.receptive_fields;
  const image = comparison.pair.image0;
  const [width0, height0] = image.size;
  const state = {
    layer: layers.at(-1),
    heat: true,
    point: [width0 / 2, height0 / 2],
    picture: null,
  };
  const readout = el("output", { class: "readout", "aria-live": "polite" });
  let heat = null; // the effective field of the layer as a picture

  // The middle of what the unit of a layer sees that lies nearest to the chosen point.
  function middle({ center, stride }) {
    return state.point.map(
      (value) => center + stride * Math.max(Math.round((value - center) / stride), 0),
    );
  }

  function square(context, place, scale, [x, y], side, color, dashed) {
    const [left, top] = place([x - side / 2, y - side / 2]);
    context.setLineDash(dashed ? [6, 4] : []);
    for (const [width, style] of [
      [4, "rgb(0 0 0 / 60%)"],
      [2, color],
    ]) {
      context.lineWidth = width;
      context.strokeStyle = style;
      context.strokeRect(left, top, side * scale, side * scale);
    }
    context.setLineDash([]);
  }

  function draw(context, colors, width, height) {
    context.fillStyle = colors.surface;
    context.fillRect(0, 0, width, height);
    if (state.picture) context.drawImage(state.picture, 0, 0, width, height);
    const place = kit.placer(image.size, width);
    const scale = width / width0;
    const at = middle(state.layer);
    if (state.heat && heat) {
      const { size } = state.layer;
      context.drawImage(
        heat,
        ...place([at[0] - size / 2, at[1] - size / 2]),
        size * scale,
        size * scale,
      );
    }
    square(context, place, scale, at, state.layer.size, kit.overPicture.cnn);
    square(context, place, scale, at, state.layer.effective_size, kit.overPicture.cnn, true);
    square(context, place, scale, state.point, orbPatch, kit.overPicture.orb);
    kit.ring(context, place(state.point), 3, "#ffffff");
  }

  async function paintHeat(layer) {
    const { width, height, levels } = await kit.grayLevels(layer.heat);
    if (layer !== state.layer) return; // another one was chosen meanwhile
    heat = document.createElement("canvas");
    [heat.width, heat.height] = [width, height];
    const context = heat.getContext("2d");
    const pixels = context.createImageData(width, height);
    levels.forEach((level, i) => {
      pixels.data.set([255, 60, 60, Math.round(220 * Math.sqrt(level / 255))], 4 * i);
    });
    context.putImageData(pixels, 0, 0);
    canvas.redraw();
  }

  const canvas = kit.canvas(width0, height0, draw, {
    label: "The first image with receptive fields at the chosen point.",
    onpoint: (x, y, kind, width) => {
      if (kind === "hover" && !keyboard()) return;
      state.point = kit.pointAt(image.size, width, x, y).map(Math.round);
      tell();
    },
  });
  // The pointer chooses by a click, so that the drawing stays; the keys move the point at once.
  const keyboard = () => canvas.node.matches(":focus-visible");

  function tell() {
    const { title, size, effective_size: effective } = state.layer;
    const [x, y] = state.point;
    readout.textContent = `At (${number(x)}, ${number(y)}), ${title}: can see ${size} × ${size} px; ${number(100 * share, 0)} % of what matters lies within ${effective} × ${effective} px; ORB's patch is ${orbPatch} × ${orbPatch} px.`;
    canvas.redraw();
  }

  function showLayer(layer) {
    state.layer = layer;
    heat = null;
    paintHeat(layer);
    tell();
  }

  const key = (color, dashed, text) =>
    el(
      "li",
      {},
      el("span", { class: `key${dashed ? " dashed" : ""}`, style: `border-color: ${color}` }),
      text,
    );
  const legend = el(
    "ul",
    { class: "legend" },
    key(kit.overPicture.cnn, false, "theoretical field"),
    key(kit.overPicture.cnn, true, `${number(100 * share, 0)} % of what matters`),
    key(kit.overPicture.orb, false, "ORB's patch"),
  );
  const table = kit.table(
    "Fields of all layers, in pixels of the image",
    ["layer", "step", "theoretical", "effective"],
    layers.map(({ title, stride, size, effective_size: effective }) => [
      title,
      stride,
      `${size} × ${size}`,
      `${effective} × ${effective}`,
    ]),
  );
  root.append(
    el(
      "p",
      {},
      "Click on the image. The solid square is all that can reach a unit of the layer; red is how much each pixel really matters to it, and the dashed square holds most of that. ORB's descriptor looks at a patch of one fixed size, at each level of its pyramid.",
    ),
    kit.note(
      `The dashed squares here, and the answer to the question, are measured on ${NUM_WINDOWS} windows of the image at ${number(width0)} × ${number(height0)} px. The part above, which goes step by step, measures them on other windows of a smaller picture: so its dashed squares differ by some pixels. The theoretical fields are the same.`,
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
      kit.check("Show how much each pixel matters", true, (value) => {
        state.heat = value;
        tell();
      }),
    ),
    el("div", { class: "pair" }, canvas.node, el("div", {}, readout, legend, table)),
  );

  showLayer(state.layer);
  kit.whenLoaded([image.pixels], ([picture]) => {
    state.picture = picture;
    canvas.redraw();
  });
});
