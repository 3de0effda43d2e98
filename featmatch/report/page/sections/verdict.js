// The verdict in words, and what was compared.
"use strict";

kit.section("verdict", "What this run shows", (root, { verdict, pair, contrast, quick, seed }) => {
  const { el, number } = kit;
  const named = ({ name, size }) => `${name} (${size[0]} × ${size[1]} px)`;
  root.append(
    el(
      "ul",
      { class: "verdict" },
      verdict.map((sentence) => el("li", {}, sentence)),
    ),
    el(
      "dl",
      { class: "facts" },
      [
        ["Images", `${named(pair.image0)} and ${named(pair.image1)}`],
        ["How they relate", pair.reason],
        ["Keypoints", `the best ${number(contrast.max_keypoints)} points of each method in each image`],
        ["Seed", `${seed}${quick ? "; a quick run, with fewer steps and samples" : ""}`],
      ].map(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]),
    ),
  );
});
