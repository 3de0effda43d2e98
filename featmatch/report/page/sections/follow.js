// One place of image 0 on its way through ORB and through the network, to its match in image 1.
"use strict";

kit.section("follow", "Follow one point", (root, comparison) => {
  const { el, number, placer } = kit;
  const { pair, followed, contrast } = comparison;
  if (!followed.length) {
    root.append(kit.note("ORB and the network have no point in common in this image."));
    return;
  }
  const THRESHOLD = 5; // gray levels by which FAST wants the ring to differ
  const LEAST_SCORE = 0.02; // of a point of the network
  const PATCH = 180; // CSS px of a part of an image
  const CELLS = 256; // CSS px of numbers in cells
  const FIELDS = comparison.receptive_fields.layers;
  const networks = kit.networks(comparison);
  const state = { index: 0, images: null, network: networks.kept, maps: null };
  const ratio = (name) => contrast.methods.find((method) => method.name === name).max_ratio;
  const point = () => followed[state.index];
  const drawings = [];

  function collected(drawing) {
    drawings.push(drawing);
    return drawing.node;
  }

  // The surroundings of a place of image 0 or 1, with a mark: at() and mark() tell which.
  const patch = (label, image, at, mark) =>
    collected(
      kit.patch(PATCH, label, () => {
        const place = at();
        if (!place || !state.images) return null;
        const columns = [pair.image0, pair.image1][image].size[0];
        return { pixels: state.images[image], columns, place, mark: mark() };
      }),
    );

  const cells = (label, across, values) => collected(kit.cells(CELLS, label, across, values));
  const cross = (color) => () => kit.marks.cross(color);

  // What the chosen network holds at the point: as measured, or worked out here for another epoch;
  // null while it is being worked out.
  function held() {
    const { activations, score, point: at } = point().network;
    if (state.network === networks.kept) return { activations, score };
    if (!state.maps) return null;
    return { activations: state.maps.blocks.map((maps) => kit.unitOf(maps, at, comparison.gray.width)), score: kit.around(state.maps.score, at, score.length) };
  }

  async function showNetwork(network) {
    Object.assign(state, { network, maps: null });
    show(state.index);
    if (network === networks.kept) return;
    const names = network.blocks.map((_, index) => `block${index + 1}_conv2`);
    const blocks = await Promise.all(names.map((name) => networks.layer(network, name)));
    const score = await networks.layer(network, "score");
    if (network !== state.network) return; // another was chosen meanwhile
    state.maps = { blocks, score };
    show(state.index);
  }

  function scoreMap() {
    const drawing = kit.canvas(
      PATCH,
      PATCH,
      (context, _colors, width) => {
        const score = held()?.score;
        context.clearRect(0, 0, width, width);
        if (!score) return;
        const side = width / score.length;
        for (const [y, row] of score.entries()) {
          for (const [x, value] of row.entries()) {
            const level = Math.round(255 * value);
            context.fillStyle = `rgb(${level} ${level} ${level})`;
            context.fillRect(x * side, y * side, Math.ceil(side), Math.ceil(side));
          }
        }
        kit.ring(context, [width / 2, width / 2], side, kit.overPicture.cnn);
      },
      { label: "Score of a keypoint, pixel by pixel around the point." },
    );
    return collected(drawing);
  }

  // A step of a machine: its name, a drawing, and a line of real numbers.
  function step(title, drawing, text) {
    const told = el("p", {});
    drawings.push({ redraw: () => (told.textContent = text()) });
    return el("li", {}, el("strong", {}, title), drawing, told);
  }

  const COMPUTING = "Computing …";
  const sees = (block) => {
    const field = FIELDS.find(({ name }) => name === `block${block}_conv2`);
    return field ? `, each from ${field.size} × ${field.size} px` : "";
  };
  const numScored = networks.kept.laterals.length; // blocks that the score is made from
  const leadsTo = (block) => (block <= numScored ? "They go into the score and into the 64 numbers." : "They go into the 64 numbers alone, not into the score.");

  function orbSteps() {
    const at = () => point().orb.point;
    return [
      step("1 A corner, by FAST", patch("The ring of 16 pixels.", 0, at, () => kit.marks.ring(point().orb, THRESHOLD)), () => {
        const { center, ring, num_in_arc: arc } = point().orb;
        return `Its pixel has ${center}, the ring ${Math.min(...ring)} to ${Math.max(...ring)}: ${arc} in a row differ by more than ${THRESHOLD}; 9 make a corner.`;
      }),
      step("2 How good, by Harris", null, () => {
        const better = contrast.methods[0].num_keypoints[0];
        return `Response ${number(point().orb.response, 5)}. The ${number(better)} largest, level by level, are kept.`;
      }),
      step("3 Which way up", patch("The orientation.", 0, at, () => kit.marks.arrow(point().orb)), () => {
        const degrees = (point().orb.angle * 180) / Math.PI;
        return `The brightness of the disc has its middle toward ${number(degrees, 0)}° (clockwise from the right).`;
      }),
      step(
        "4 256 questions",
        cells("The 256 bits.", 32, () => [...point().orb.bits].map(Number)),
        () => {
          const ones = [...point().orb.bits].filter((bit) => bit === "1").length;
          return `Is this pixel darker than that one? Turned by the orientation; ${ones} times yes.`;
        },
      ),
    ];
  }

  function networkSteps() {
    const at = () => point().network.point;
    const blocks = point().network.activations.map((_, index) =>
      step(
        `${index + 1} Block ${index + 1}`,
        cells(
          `Activations of block ${index + 1}.`,
          32,
          () => held()?.activations[index],
        ),
        () => {
          const values = held()?.activations[index];
          if (!values) return COMPUTING;
          return `${values.length} maps here${sees(index + 1)}: from ${number(Math.min(...values), 2)} to ${number(Math.max(...values), 2)}. ${leadsTo(index + 1)}`;
        },
      ),
    );
    const last = blocks.length;
    return [
      step("0 The picture", patch("The network's point.", 0, at, cross(kit.overPicture.cnn)), () => {
        const [x, y] = at().map((value) => number(value, 1));
        return `Gray values around (${x}, ${y}); nothing is decided yet.`;
      }),
      ...blocks,
      step(`${last + 1} The score, and its peak`, scoreMap(), () => {
        const score = held()?.score;
        if (!score) return COMPUTING;
        const middle = (score.length - 1) / 2;
        const around = score.slice(middle - 1, middle + 2).flatMap((row) => row.slice(middle - 1, middle + 2));
        const told =
          state.network === networks.kept
            ? `A peak is above ${LEAST_SCORE}, with nothing higher within 2 px; a paraboloid fitted to the pixels around it places it to a fraction of a pixel. The peak, ${number(Math.max(...around), 3)}, is the point.`
            : `At most ${number(Math.max(...score.flat()), 3)} here after this epoch.`;
        return `The maps of blocks 1 to ${numScored}, enlarged to full size and summed, give one number for every pixel, from 0 to 1. Training rewards it for telling how surely the descriptor of a peak finds it again in another view. ${told}`;
      }),
      step(
        `${last + 2} 64 numbers`,
        cells("The descriptor.", 16, () => point().network.descriptor),
        () => `Read from the maps of all ${blocks.length} blocks at the point, mixed, and brought to length 1${state.network === networks.kept ? "" : " (of the network that was kept)"}.`,
      ),
    ];
  }

  function partnerLine(name, { partner }) {
    if (!partner) return "No partner: the nearest point of image 1 is nearer to another one.";
    const distance =
      name === "orb"
        ? `${number(partner.distance, 0)} of 256 bits differ`
        : `distance ${number(partner.distance, 3)}`;
    const limit = ratio(name);
    const digits = [2, 3, 4, 5].find((count) => Number(partner.ratio.toFixed(count)) !== limit);
    const share = `${number(partner.ratio, digits)} of the second's`;
    const kept = partner.kept ? `${share}, below ${limit}: a match` : `${share}, not below ${limit}: too like another, dropped`;
    const truth = partner.correct == null ? "" : partner.correct ? " It is right." : " It is wrong.";
    const whose = name === "orb" || state.network === networks.kept ? "" : " (Of the network that was kept.)";
    return `${distance}, ${kept}.${truth}${whose}`;
  }

  function meeting(name, title, way) {
    const color = kit.overPicture[name];
    return el(
      "div",
      {},
      el("strong", {}, title),
      el(
        "div",
        { class: "row" },
        patch(`${title}: the point in image 0.`, 0, () => way().point, cross(color)),
        patch(`${title}: its partner in image 1.`, 1, () => way().partner?.point, cross(color)),
      ),
      step("", null, () => partnerLine(name, way())).lastChild,
    );
  }

  const overview = kit.canvas(
    640,
    Math.round((640 * pair.image0.size[1]) / pair.image0.size[0]),
    (context, colors, width, height) => {
      context.fillStyle = colors.surface;
      context.fillRect(0, 0, width, height);
      if (state.images) context.drawImage(state.images[0], 0, 0, width, height);
      const place = placer(pair.image0.size, width);
      followed.forEach(({ orb }, index) => {
        const chosen = index === state.index;
        kit.ring(context, place(orb.point), chosen ? 9 : 5, chosen ? "#ffffff" : kit.overPicture.orb);
      });
    },
    { label: "The places that can be followed.", onpoint: choose },
  );

  function choose(x, y, kind, width) {
    if (kind !== "click") return;
    const place = placer(pair.image0.size, width);
    const distances = followed.map(({ orb }) => {
      const [px, py] = place(orb.point);
      return Math.hypot(px - x, py - y);
    });
    steps.go(distances.indexOf(Math.min(...distances)));
  }

  function show(index) {
    state.index = index;
    for (const { redraw } of [overview, ...drawings]) redraw();
  }

  const steps = kit.stepper("Place", followed.length, show);
  root.append(
    el(
      "p",
      {},
      "ORB follows rules that people wrote; the network sums, bends and sums again with weights that it learned. Both end with a point and a list of numbers. Click a ring: everything below is of that place.",
    ),
    overview.node,
    el("div", { class: "controls" }, steps.node, networks.choice(showNetwork)),
    el(
      "div",
      { class: "ways" },
      el("div", {}, el("h4", {}, "ORB, made by hand"), el("ol", { class: "way" }, orbSteps())),
      el("div", {}, el("h4", {}, "The network, learned"), el("ol", { class: "way" }, networkSteps())),
    ),
    el("h4", {}, "Where both find it in image 1"),
    el(
      "div",
      { class: "pair" },
      meeting("orb", "ORB", () => point().orb),
      meeting("cnn", "The network", () => point().network),
    ),
    kit.note(
      "SIFT, the third in the contest, stands between the two: it takes blobs, the peaks of a difference of blurred pictures over place and size, turns them by the strongest direction of the gradient, and describes each by 128 numbers: how much gradient there is in 8 directions, in 4 × 4 fields around it. All of it is written by hand, as ORB is; its numbers are real, as the network's are.",
    ),
  );
  show(0);
  kit.whenLoaded([pair.image0.pixels, pair.image1.pixels], (images) => {
    state.images = images;
    show(state.index);
  });
});
