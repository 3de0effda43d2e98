// All numbers of the contest, with the strongest points and with spread ones, and two curves.
"use strict";

kit.section("contrast", "All numbers of the contest", (root, { contrast }) => {
  const { el, number, interval } = kit;
  const { methods, spread, tolerances, border, max_keypoints: maxKeypoints } = contrast;
  const milliseconds = (seconds) => `${number(1000 * seconds, 0)} ms`;
  const byChance = (value, chance) => {
    const text = chance < 0.005 ? "< 0.01" : number(chance, 2);
    return el("span", {}, value, chance != null && el("small", {}, `chance ${text}`));
  };

  // [group, [name, what it means, cell of a method], ...]
  const groups = [
    [
      "points",
      ["in image 0", "keypoints", (m) => number(m.num_keypoints[0])],
      ["in image 1", "keypoints", (m) => number(m.num_keypoints[1])],
      [
        "repeatability, 3 px",
        "share of the points that both images could have, and both have",
        (m) => byChance(interval(m.repeatability_3), m.chance_repeatability_3),
      ],
      [
        "repeatability, 1 px",
        "the same, with less tolerance",
        (m) => byChance(interval(m.repeatability_1), m.chance_repeatability_1),
      ],
      [
        "localization error (px)",
        "mean distance of points that both images have, within 3 px",
        (m) => interval(m.localization_error),
      ],
    ],
    [
      "matches",
      ["ratio", "of the ratio test, as is usual for the method", (m) => number(m.max_ratio, 2)],
      ["matches", "each other's nearest, and clearly nearest", (m) => number(m.num_matches)],
      ["right ones", "within 3 px of the truth", (m) => interval(m.right_matches, 0)],
      ["accuracy, 3 px", "share of the matches that are right", (m) => interval(m.accuracy_3)],
      [
        "matching score",
        "right matches as a share of the points that both images could have",
        (m) => interval(m.matching_score),
      ],
      [
        "average precision",
        "area below precision over recall, as the ratio test is relaxed",
        (m) => byChance(interval(m.average_precision), m.chance_precision),
      ],
      [
        "inliers",
        "matches that agree with the model found from them",
        (m) => number(m.num_inliers),
      ],
      ["coverage", "share of a 16 x 12 grid with an inlier", (m) => number(m.coverage, 2)],
      [
        "homography error (px)",
        "mean distance of the image's corners from where they belong: median and range of 20 searches",
        (m) => kit.overSeeds(m.homography_error),
      ],
    ],
    [
      "cost",
      ["find and describe", "both images", (m) => milliseconds(m.extract_seconds)],
      ["match", "all points with all", (m) => milliseconds(m.match_seconds)],
      ["bytes a descriptor", "as it is stored", (m) => number(m.num_bytes)],
    ],
  ];

  function scores() {
    const headers = ["", ...methods.map(({ label }) => label)];
    const table = kit.table("With the strongest points", headers, []);
    const body = table.querySelector("tbody");
    for (const [group, ...rows] of groups) {
      const span = { scope: "rowgroup", colspan: headers.length };
      body.append(el("tr", { class: "group" }, el("th", span, group)));
      for (const [name, meaning, cell] of rows) {
        const cells = methods.map((method) => el("td", {}, cell(method)));
        body.append(el("tr", {}, el("th", { scope: "row", title: meaning }, name), cells));
      }
    }
    return table;
  }

  // Who wins can hang on how points are chosen: the same numbers for points that are spread.
  function choices() {
    const rows = [
      ["repeatability, 3 px", (m) => byChance(interval(m.repeatability_3), m.chance_repeatability_3)],
      ["right matches", (m) => interval(m.right_matches, 0)],
      ["average precision", (m) => interval(m.average_precision)],
      ["homography error (px)", (m) => kit.overSeeds(m.homography_error)],
    ];
    const body = methods.flatMap((method, index) =>
      rows.map(([name, cell], row) => [
        row ? name : el("span", {}, `${method.label}: ${name}`),
        cell(method),
        cell(spread[index]),
      ]),
    );
    return kit.table("Strongest or spread: how the choice of points decides", ["", "strongest", "spread"], body);
  }

  root.append(
    el(
      "p",
      {},
      `Each method keeps its ${number(maxKeypoints)} strongest points at distinct positions, none nearer than ${border} px to the border. Matches are each other's nearest neighbors, and clearly nearer than the second: by the ratio that is usual for each method. Small numbers below others are 95 % intervals, and what chance alone would give points that lie as close together.`,
    ),
    el("div", { class: "pair" }, scores(), charts()),
    choices(),
  );

  function charts() {
    if (methods.every(({ accuracy }) => accuracy == null))
      return kit.note("Without the geometry of the pair, accuracy cannot be measured.");
    return el(
      "div",
      {},
      kit.chart({
        label: "Matching accuracy, by how near is near enough",
        x: { label: "tolerance (px)" },
        y: { label: "share of matches within it", min: 0, max: 1 },
        series: methods.map(({ label, accuracy }) => ({
          name: label,
          x: tolerances,
          y: accuracy ?? [],
        })),
      }).node,
      kit.chart({
        label: "Precision and recall of the descriptors",
        x: { label: "recall: possible matches that were found", min: 0 },
        y: { label: "precision: found matches that are right", min: 0, max: 1 },
        series: methods.map(({ label, precision, recall }) => ({
          name: label,
          x: recall,
          y: precision,
        })),
      }).node,
    );
  }
});
