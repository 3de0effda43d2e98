// kit.touch: the parts of a page that can be touched, and the choice of pair and relation.
"use strict";

(() => {
  const { el } = kit;

  // Returns what fills the page; section(id, title) makes a section, attempt(root, render) draws it.
  kit.touch = (touched, section, attempt) => {
    const chosen = { pair: 0, relation: 0 };
    const controls = el("div", { class: "controls" });
    const matches = part("matches", "The matches", section);
    const laid = part("overlay", "Laid over each other", section);
    let images = null;

    // What the parts are told: the relation that is chosen, its pictures, and a way to choose.
    function view() {
      const { image0, image1, relations } = touched.pairs[chosen.pair];
      const pictures = [touched.pictures[image0], touched.pictures[image1]];
      const relation = relations[chosen.relation];
      return {
        pictures,
        relations,
        relation,
        related: kit.relate(
          relation,
          pictures.map(({ size }) => size),
        ),
        images: images && [images[image0], images[image1]],
        choose: (index) => show(chosen.pair, index),
      };
    }

    function show(pair, relation) {
      Object.assign(chosen, { pair, relation });
      const present = view();
      drawControls(present);
      matches.draw((root) => attempt(root, () => kit.touchMatches(root, present)));
      laid.root.hidden = !present.related.isMap || present.pictures.some(({ seen }) => !seen);
      laid.draw((root) => laid.root.hidden || attempt(root, () => kit.touchOverlay(root, present)));
    }

    function drawControls({ relations }) {
      const several = touched.pairs.length > 1;
      const name = ({ image1 }, index) => [index, touched.pictures[image1].name];
      const label = ({ label: text }, index) => [index, text];
      controls.replaceChildren(
        ...[
          several && kit.select("Pictures", touched.pairs.map(name), chosen.pair, (i) => show(i, 0)),
          relations.length > 1 &&
            kit.select("Place", relations.map(label), chosen.relation, (i) => show(chosen.pair, i)),
        ].filter(Boolean),
      );
    }

    show(0, 0);
    kit.whenLoaded(touched.pictures, (loaded) => {
      images = loaded;
      show(chosen.pair, chosen.relation);
    });
    const parts = touched.laidFirst ? [laid, matches] : [matches, laid];
    return [controls, ...parts.map(({ root }) => root), evidence(touched, section)];
  };

  // A section whose content, below its title, is drawn anew by each draw(render).
  function part(id, title, section) {
    let content = el("div");
    const root = section(id, title, content);
    const draw = (render) => {
      const drawn = el("div");
      content.replaceWith(drawn);
      content = drawn;
      render(drawn);
    };
    return { root, draw };
  }

  function evidence({ facts, tables }, section) {
    const root = section("evidence", "What is known");
    root.append(
      el(
        "dl",
        { class: "facts" },
        facts.map(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]),
      ),
      ...tables.map(({ caption, headers, rows }) => kit.table(caption, headers, rows)),
    );
    return root;
  }
})();
