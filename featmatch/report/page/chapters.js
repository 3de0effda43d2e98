// The chapters of a comparison, in the order of a lesson; each is drawn when it is opened.
"use strict";

(() => {
  const { el } = kit;

  // id, title, what it shows, and the topics ("topic-…") and sections that it is made of.
  const CHAPTERS = [
    [
      "convolution",
      "Convolution",
      "One small sum, made at every pixel: what a network is built from.",
      ["topic-convolution", "topic-padding"],
    ],
    [
      "edges",
      "Edges",
      "Kernels made by hand, and those that the network learned in their place.",
      ["topic-edges", "kernels"],
    ],
    [
      "maps",
      "Feature maps",
      "What every layer holds of this picture, with the points over it.",
      ["topic-feature-maps", "feature-maps"],
    ],
    [
      "activation",
      "Activation",
      "Why a network bends its sums, and what that does to the maps.",
      ["topic-activations"],
    ],
    [
      "kernels-of-sizes",
      "1 × 1, 3 × 3 or 5 × 5",
      "What the size of a kernel and the number of channels cost and give.",
      ["topic-channels", "topic-kernel-size"],
    ],
    ["pooling", "Pooling", "Smaller maps, and what is lost with them.", ["topic-pooling"]],
    [
      "fields",
      "Receptive fields",
      "How far each layer sees, and how much of that matters to it.",
      ["topic-receptive-fields", "receptive-fields"],
    ],
    [
      "learning",
      "Learning",
      "Forward, backward, epochs; learning too little and too much by heart.",
      ["topic-gradients", "topic-training"],
    ],
    [
      "by-hand",
      "Points made by hand",
      "ORB step by step: ring, response, orientation, 256 bits; and SIFT.",
      ["topic-keypoints"],
    ],
    [
      "follow",
      "One point through both machines",
      "The same place in ORB and in the network, from its pixels to its match.",
      ["follow"],
    ],
    [
      "contest",
      "The contest",
      "ORB, SIFT and the network: every match, all numbers, and where each breaks.",
      ["pair", "contrast", "swap", "changes", "corners"],
    ],
    ["appendix", "Appendix", "How everything was measured, and where it comes from.", ["method", "references"]],
  ];

  // Chapters of what there is: `parts` maps the name of a part to a function that draws it; `questions`
  // are asked at the heads of those that there are. What no
  // chapter names comes into the last one.
  kit.chapters = (parts, questions) => {
    const named = new Set(CHAPTERS.flatMap(([, , , names]) => names));
    const others = [...parts.keys()].filter((name) => !named.has(name));
    const last = CHAPTERS.at(-1)[0];
    const homes = new Map();
    const present = CHAPTERS.map(([id, title, teaser, names]) => ({
      ...{ id: `chapter-${id}`, title, teaser },
      names: (id === last ? [...others, ...names] : names).filter((name) => parts.has(name)),
    })).filter(({ names }) => names.length);
    const quiz = kit.quiz(questions.filter(({ chapter }) => present.some(({ id }) => id === chapter)));
    const nodes = present.map((chapter, index) => chapterNode(chapter, index, parts, quiz));
    present.forEach(({ id, names }, index) => {
      for (const name of [id, ...names]) homes.set(name, nodes[index]);
    });
    const follow = () => open(homes, decodeURIComponent(location.hash.slice(1)));
    addEventListener("hashchange", follow);
    return { node: list(nodes, quiz.counter), follow };
  };

  function list(nodes, counter) {
    return el(
      "nav",
      { id: "contents", "aria-label": "Chapters" },
      el("p", { class: "lead" }, "How it works, in chapters: open one."),
      counter && el("p", {}, "Most chapters begin with a question about this very picture. ", counter),
      nodes,
    );
  }

  function chapterNode({ id, title, teaser, names }, index, parts, quiz) {
    const body = el("div", { class: "body" });
    const chapter = el(
      "details",
      { id, class: "chapter" },
      el(
        "summary",
        {},
        el("h2", { id: `${id}-title` }, el("span", { class: "muted" }, `${index + 1} `), title),
        el("span", { class: "teaser" }, teaser),
      ),
      body,
    );
    chapter.draw = () => {
      if (chapter.dataset.drawn) return;
      chapter.dataset.drawn = "yes";
      body.append(...quiz.asks(id));
      for (const name of names) parts.get(name)(body);
    };
    chapter.addEventListener("toggle", () => chapter.open && chapter.draw());
    return chapter;
  }

  // Open the chapter that a link leads to, or into, and go there.
  function open(homes, name) {
    const chapter = homes.get(name);
    if (!chapter) return;
    chapter.draw();
    chapter.open = true;
    document.getElementById(name)?.scrollIntoView();
  }
})();
