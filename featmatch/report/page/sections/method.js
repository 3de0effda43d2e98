// How it was measured, so that it can be judged and done again.
"use strict";

kit.section(
  "method",
  "How it was measured",
  (root, { contrast, pair, weights, quick, seconds, seed }) => {
    const { el, number } = kit;
    const rules = [
      `Same images, same size: gray pictures, at most ${Math.max(...pair.image0.size, ...pair.image1.size)} px long here.`,
      `Same limit: the best ${number(contrast.max_keypoints)} points of each method, none within ${contrast.border} px of the border.`,
      "Same matching: exact nearest neighbors in both directions and the ratio test. The network's descriptors are also tried in every turn that they are made for, which is a part of that method; its curve without it is drawn for rotation.",
      "Same estimator: one robust search, with one threshold, for every method: for a homography, or for a fundamental matrix where the scene is known to have depth.",
      "Repeatability: points of each image whose true place lies in the other image, and which have a point of the other within the tolerance; counted both ways. Many points are near others by chance alone; that share is told beside it.",
      "Matching accuracy: right matches as a share of all matches. Few, careful matches make it high, so the number of right ones is told with it.",
      "Average precision: the ratio test is relaxed step by step, from the surest match to the least sure; the area below precision over recall, summed exactly.",
      "Intervals: percentile bootstrap of 1,000 resamples, none with fewer than ten samples. They tell how certain a number is on this pair; other pairs can turn out otherwise.",
    ];
    root.append(
      el(
        "ul",
        { class: "plain" },
        rules.map((rule) => el("li", {}, rule)),
      ),
      el(
        "p",
        {},
        `Truth: ${pair.reason}. Weights of the network: ${weights}. Seed ${seed}${quick ? ", quick" : ""}: the same input gives the same numbers, but for times.`,
      ),
      kit.table(
        "Time that the comparison took",
        ["part", "seconds"],
        Object.entries(seconds).map(([part, value]) => [part, number(value, 1)]),
      ),
      el("p", {}, "featmatch compare-cnn -o numbers.json writes all numbers of the comparison; those of the CNN basics are on this page alone."),
    );
  },
);
