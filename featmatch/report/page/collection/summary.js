// What there is, in a few sentences.
"use strict";

kit.section("summary", "What there is", (root, { data }) => {
  const { el } = kit;
  root.append(
    el(
      "ul",
      { class: "verdict" },
      data.sentences.map((text) => el("li", {}, text)),
    ),
  );
});
