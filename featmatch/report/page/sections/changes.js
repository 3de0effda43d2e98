// What happens when the image is changed: a chart for each change, and where each method breaks.
"use strict";

kit.section("changes", "What happens under change", (root, { changes, contrast, quick }) => {
  const { el } = kit;
  const [size, maxKeypoints] = [quick ? 320 : 480, Math.min(contrast.max_keypoints, 500)];
  const labels = new Map(contrast.methods.map(({ name, label }) => [name, label]));
  // "cnn, upright" is the network without turning its descriptors.
  const labelOf = (method) => {
    const [name, variant] = method.split(", ");
    return [labels.get(name) ?? name, variant].filter(Boolean).join(", ");
  };
  const measures = {
    accuracy: {
      text: "matching accuracy",
      y: { label: "share of matches within 3 px", min: 0, max: 1 },
    },
    repeatability: {
      text: "repeatability",
      y: { label: "points found again within 3 px", min: 0, max: 1 },
    },
    num_correct: { text: "right matches", y: { label: "right matches", min: 0 } },
    corner_error: {
      text: "homography error",
      y: { label: "error of the corners (px), cut at 10", min: 0, max: 10 },
    },
  };

  const title = ({ label }) => `${label[0].toUpperCase()}${label.slice(1)}`;

  function spec(change, name) {
    const { label, unit, values, curves } = change;
    const shown = (value) =>
      value == null ? null : name === "corner_error" ? Math.min(value, 10) : value;
    const ratio = values[0] > 0 ? values.at(-1) / values[0] : 0;
    return {
      label: title(change),
      x: {
        label: unit ? `${label} (${unit})` : label,
        max: change.name === "rotation" ? 360 : null,
        log: ratio >= 4 && isGeometric(values),
      },
      y: measures[name].y,
      series: curves.map((curve) => ({
        name: labelOf(curve.method),
        x: values,
        y: curve[name].map(shown),
        dashed: curve.method.includes("upright"),
      })),
    };
  }

  // Whether values grow by factors rather than by steps: then the axis does so too.
  function isGeometric(values) {
    const middle = values[Math.floor(values.length / 2)];
    const [low, high] = [values[0], values.at(-1)];
    return Math.abs(middle - Math.sqrt(low * high)) < Math.abs(middle - (low + high) / 2);
  }

  const charts = changes.map((change) => kit.chart(spec(change, "num_correct")));
  const show = (name) => {
    for (const [i, change] of changes.entries()) charts[i].update(spec(change, name));
  };
  const methods = [
    ...new Map(changes.flatMap(({ curves }) => curves.map((c) => [c.method, labelOf(c.method)]))),
  ];
  const breaking = changes.map(({ label, unit, values, curves }) => [
    unit ? `${label} (${unit})` : label,
    ...methods.map(([name]) => {
      const curve = curves.find(({ method }) => method === name);
      if (!curve) return "";
      return curve.breaks_at == null
        ? `not in ${values[0]} to ${values.at(-1)}`
        : `${curve.breaks_at}`;
    }),
  ]);
  root.append(
    el(
      "p",
      {},
      `The first image, in gray and at most ${size} px long, against itself changed by a known amount; each method keeps its strongest ${kit.counted(maxKeypoints, "point")}. What is right is known exactly, so every curve is measured against the truth.`,
    ),
    el(
      "div",
      { class: "controls" },
      kit.choice(
        "Measure",
        Object.entries(measures).map(([name, { text }]) => [name, text]),
        "num_correct",
        show,
      ),
    ),
    el(
      "div",
      { class: "pair" },
      charts.map(({ node }) => node),
    ),
    kit.table(
      "Where each breaks: the first amount at which the homography is off by more than 3 px, or missing",
      ["change", ...methods.map(([, label]) => label)],
      breaking,
    ),
    ...[quick && "Few amounts were tried: one may break between two of them.", rightAngles()].filter(Boolean).map((text) => kit.note(text)),
  );

  // What the right matches of those do that have more of them at right angles than just beside.
  function rightAngles() {
    const { values, curves } = changes.find(({ name }) => name === "rotation") ?? { values: [], curves: [] };
    const places = [90, 180, 270].map((angle) => values.indexOf(angle)).filter((place) => place > 0 && place < values.length - 1);
    const rises = ({ num_correct: counts }) => places.every((place) => counts[place] > Math.max(counts[place - 1], counts[place + 1]));
    const rising = curves.filter(rises).map(({ method }) => labelOf(method));
    if (!places.length || !rising.length) return "";
    return `At ${places.map((place) => `${values[place]}°`).join(", ")} pixels fall on pixels, so nothing is blurred by the turn: the right matches of ${rising.join(", ")} rise there.`;
  }
});
