// How it was measured, so that it can be judged and done again.
"use strict";

kit.section(
  "method",
  "How it was measured",
  (root, { contrast, pair, weights, quick, seconds, seed }) => {
    const { el, number } = kit;
    const rules = [
      `Same images, same size: gray pictures, at most ${Math.max(...pair.image0.size, ...pair.image1.size)} px long here.`,
      `Same choice: the ${number(contrast.max_keypoints)} strongest points of each method at distinct positions, none within ${contrast.border} px of the border. ORB shares its limit among the levels of its pyramid, as OpenCV's does, and leaves another 31 px of border on each; for SIFT and the network all scales compete. The column “spread” takes the points of all in turn from the cells of one grid instead.`,
      "Same matching: exact nearest neighbors in both directions, and the ratio test at the ratio that is usual for the method. Average precision needs no ratio. The network's descriptors are also tried in every turn that they are made for, which is a part of that method; its curve without it is drawn for rotation.",
      "Same estimator: one robust search, with one threshold, for every method: for a homography, or for a fundamental matrix where the scene is known to have depth. It is repeated with 20 seeds, with 5 for points that are swapped or spread; told are the median and the range, and a homography that is off by more than 20 px has failed.",
      "Repeatability: points of each image whose true place lies in the other image, and which have a point of the other within the tolerance; counted both ways. Many points are near others by chance alone: that share is measured with the points of one image shifted as a whole, which keeps them as close together as they are.",
      "Matching accuracy: right matches as a share of all matches. Few, careful matches make it high, so the number of right ones is told with it.",
      "Average precision: the ratio test is relaxed step by step, from the surest match to the least sure; the area below precision over recall, summed exactly.",
      "Intervals: percentile bootstrap of 1,000 resamples, none with fewer than ten samples. They tell how certain a number is on this pair; other pairs can turn out otherwise. Best is who has clearly the most right matches, by intervals that do not overlap, of those that did not fail: with fewer than ten right matches, or a homography that failed in most searches.",
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
