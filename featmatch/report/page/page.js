// The frame: header, contents, sections in order, and the topics of CNN basics, one after the other.
// A page is of a comparison, of a collection, or of one topic.
"use strict";

(() => {
  const { el } = kit;
  const data = JSON.parse(document.getElementById("data").textContent);
  const [header, main, footer] = ["header", "main", "footer"].map((tag) =>
    document.querySelector(`body > ${tag}`),
  );

  function themeButton() {
    const button = el("button", {
      type: "button",
      onclick: () => {
        kit.setTheme(kit.isDark() ? "light" : "dark");
        name();
      },
    });
    const name = () => (button.textContent = kit.isDark() ? "Light colors" : "Dark colors");
    name();
    return button;
  }

  // What stays in sight: the way to the contents, and the choice of colors.
  function topBar() {
    const toContents = document.getElementById("contents")
      ? el("a", { href: "#contents" }, "Contents")
      : null;
    document
      .querySelector(".top")
      .append(el("div", {}, el("p", { class: "brand" }, "featmatch"), toContents, themeButton()));
  }

  // What cannot be drawn leaves a line in its place, and the rest of the page as it is.
  function attempt(root, render) {
    try {
      render();
    } catch (error) {
      console.error(error);
      root.append(kit.note(`This part could not be drawn (${error.message}).`));
    }
  }

  function topicBody(topic) {
    const root = el("div", { class: "stage" });
    const code = el(
      "details",
      { class: "code" },
      el("summary", {}, "The library call"),
      el("pre", { tabindex: 0 }, topic.code),
    );
    code.open = Boolean(data.topic);
    const notes = el(
      "aside",
      { class: "notes", "aria-label": `What is often told otherwise: ${topic.title}` },
      el("h4", {}, "Often believed, and not so"),
      el(
        "ul",
        {},
        topic.notes.map((text) => el("li", {}, text)),
      ),
    );
    const render = kit.topics.get(topic.name);
    attempt(root, () => {
      if (!render) throw new Error(`no drawing for ${topic.name}`);
      render(root, topic.data, topic);
    });
    return [el("p", {}, topic.summary), root, code, topic.notes.length > 0 && notes];
  }

  function section(id, title, ...children) {
    return el(
      "section",
      { id, "aria-labelledby": `${id}-title` },
      el("h2", { id: `${id}-title` }, title),
      children,
    );
  }

  // A part of a chapter.
  function part(id, title, fill) {
    const root = el(
      "section",
      { id, class: "part", "aria-label": title },
      el(
        "h3",
        { id: `${id}-title` },
        title,
        el("a", { class: "anchor", href: `#${id}`, "aria-label": `Link to ${title}` }, "#"),
      ),
    );
    return (body) => {
      body.append(root);
      fill(root);
      if (root.querySelector("canvas, .chart, .bars")) root.append(kit.figures(root));
    };
  }

  // All sections, and below one the topics in it. On a phone the list is closed at first.
  function contents() {
    const title = (part) => part.querySelector("h2, h3").firstChild.textContent;
    const entry = (part) => {
      const inner = [...part.querySelectorAll("section[id]")];
      return el(
        "li",
        {},
        el("a", { href: `#${part.id}` }, title(part)),
        inner.length > 0 && el("ol", {}, inner.map(entry)),
      );
    };
    return el(
      "nav",
      { id: "contents", "aria-label": "Contents" },
      el(
        "details",
        { class: "contents", open: matchMedia("(min-width: 40rem)").matches },
        el("summary", {}, "Contents"),
        el("ol", {}, [...main.querySelectorAll(":scope > section[id]")].map(entry)),
      ),
    );
  }

  // The opening is there already; the chapters follow, unless there was nothing to find.
  function comparisonPage({ comparison, topics }) {
    const { image0, image1 } = comparison.pair;
    document.title = `featmatch: ${image0.name} and ${image1.name}`;
    if (comparison.verdict.outcome === "nothing") return;
    [image0, image1].forEach((image, index) => {
      image.pixels = { src: document.getElementById(`hero-${index}`).getAttribute("href") };
    });
    kit.pageNetworks = comparison.networks.length > 1 ? kit.networks(comparison) : null;
    const parts = new Map();
    for (const topic of topics) {
      const id = `topic-${topic.name}`;
      const fill = (root) => root.append(...topicBody(topic).filter(Boolean));
      parts.set(id, part(id, topic.title, fill));
    }
    for (const { id, title, render } of kit.sections) {
      const fill = (root) => attempt(root, () => render(root, comparison));
      parts.set(id, part(id, title, fill));
    }
    const hero = document.querySelector(".hero");
    hero?.after(kit.figures(hero.parentElement));
    const chapters = kit.chapters(parts, kit.questionsOf({ comparison, topics }));
    main.append(chapters.node);
    chapters.follow();
  }

  function collectionPage({ collection }) {
    document.title = `featmatch: ${collection.folder}`;
    header.append(
      el("h1", {}, `The photographs of ${collection.folder}`),
      el("p", { class: "lead" }, "Which of them show the same, and what holds them together."),
    );
    const gathered = kit.gather(collection);
    for (const { id, title, render } of kit.sections) {
      const root = section(id, title);
      main.append(root);
      attempt(root, () => render(root, gathered));
    }
    header.append(contents());
  }

  // The way to the other pages of a folder of topics.
  function neighbors({ before, after }) {
    const link = (text, { href, title }) => el("a", { href }, `${text}${title}`);
    return el(
      "nav",
      { class: "row", "aria-label": "Topics" },
      before && link("← ", before),
      el("a", { href: "index.html" }, "All topics"),
      after && link("Next: ", after),
    );
  }

  function topicPage({ topic, links }) {
    document.title = `featmatch: ${topic.title}`;
    header.append(el("h1", {}, topic.title));
    const root = el("section", { id: `topic-${topic.name}`, "aria-label": topic.title });
    main.append(root);
    root.append(...topicBody(topic).filter(Boolean), kit.figures(root));
    if (links) main.append(neighbors(links));
  }

  function touchPage({ touch }) {
    document.title = `featmatch: ${touch.title}, ${touch.pictures.map(({ name }) => name).join(" and ")}`;
    document.documentElement.classList.add("wide");
    header.append(el("h1", {}, touch.title), el("p", { class: "lead" }, touch.lead));
    main.append(...kit.touch(touch, section, attempt));
  }

  if (data.comparison) comparisonPage(data);
  else if (data.collection) collectionPage(data);
  else if (data.touch) touchPage(data);
  else if (data.topic) topicPage(data);
  else document.title = "featmatch: how convolutional networks work";
  topBar();
  footer.append(
    el(
      "p",
      {},
      `Made by featmatch ${data.version}. This page needs no connection: everything that it shows is inside it.`,
    ),
  );
})();
