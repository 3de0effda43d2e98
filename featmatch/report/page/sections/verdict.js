// The verdict: a headline, three numbers of each method, one sentence why; the rest is folded.
"use strict";

kit.section("verdict", "Who did best", (root, comparison) => {
  const { el, number } = kit;
  const { verdict, pair, contrast, quick, seed } = comparison;
  const named = ({ name, size }) => `${name} (${size[0]} × ${size[1]} px)`;
  const judged = ["best", "even", "failed"].includes(verdict.outcome);
  const facts = [
    ["Images", `${named(pair.image0)} and ${named(pair.image1)}`],
    ["How they relate", pair.reason],
    [
      "Keypoints",
      `the ${number(contrast.max_keypoints)} strongest of each method, at distinct positions`,
    ],
    ["Seed", `${seed}${quick ? "; a quick run, with fewer steps and samples" : ""}`],
  ];
  root.append(
    el("p", { class: "headline" }, verdict.headline),
    ...(judged ? [numbers()] : []),
    ...(verdict.why ? [el("p", { class: "why" }, verdict.why)] : []),
  );
  if (verdict.details.length)
    root.append(
      el(
        "details",
        {},
        el("summary", {}, "What else was measured, in words"),
        el(
          "ul",
          { class: "plain" },
          verdict.details.map((sentence) => el("li", {}, sentence)),
        ),
        el(
          "dl",
          { class: "facts" },
          facts.map(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]),
        ),
      ),
    );

  function numbers() {
    const rows = contrast.methods.map((method) => [
      verdict.best.includes(method.name) ? el("strong", {}, method.label) : method.label,
      kit.interval(method.repeatability_3),
      kit.interval(method.right_matches, 0),
      kit.overSeeds(method.homography_error),
    ]);
    const headers = ["", "points found again", "right matches", "homography off by (px)"];
    return kit.table("Three numbers of each", headers, rows);
  }
});
