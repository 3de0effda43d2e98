// The chosen pair: its matches, drawn on both thumbnails.
"use strict";

kit.section("pair", "The matches of a pair", (root, collection) => {
  const { el, number } = kit;
  const { data, partners } = collection;
  const GAP = 12; // CSS px
  const WIDTH = 1080; // CSS px, where there is room
  const withPartners = data.names.map((_, one) => one).filter((one) => partners[one].length);
  const others = el("div");
  const stage = el("div");
  const readout = el("output", { class: "readout", "aria-live": "polite" });
  let pictures = [null, null];
  let image = null; // the chosen one, of which the list of partners is

  // Where both images lie on a drawing of this width.
  function layout(pair, width) {
    const shapes = [pair.first, pair.second].map((one) => data.sizes[one]);
    const side = (width - GAP) / 2;
    const height = Math.max(...shapes.map(([w, h]) => (side * h) / w));
    const fitted = Math.min(1, (width * 0.6) / height); // of upright images
    const boxes = shapes.map(([w, h], index) => {
      const [boxWidth, boxHeight] = [side * fitted, (side * fitted * h) / w];
      return [index ? width / 2 + GAP / 2 : width / 2 - GAP / 2 - boxWidth, 0, boxWidth, boxHeight];
    });
    return { boxes, height: height * fitted };
  }

  // The ends of the matches, in shares of the images.
  function matchesOf(pair) {
    const bytes = atob(data.matches[pair.index] ?? "");
    const shares = Array.from(bytes, (letter) => letter.charCodeAt(0) / 255);
    return Array.from({ length: shares.length / 4 }, (_, i) => shares.slice(4 * i, 4 * i + 4));
  }

  function drawing(pair) {
    const ends = matchesOf(pair);
    return (context, colors, width) => {
      const { boxes } = layout(pair, width);
      boxes.forEach((box, index) => {
        context.fillStyle = colors.surface;
        context.fillRect(...box);
        if (pictures[index]) context.drawImage(pictures[index], ...box);
      });
      context.lineWidth = 1.2;
      ends.forEach(([x0, y0, x1, y1], index) => {
        const [[left0, top0, w0, h0], [left1, top1, w1, h1]] = boxes;
        context.strokeStyle = `hsl(${(index * 137.5) % 360} 90% 60%)`; // neighbors differ
        context.globalAlpha = 0.8;
        context.beginPath();
        context.moveTo(left0 + x0 * w0, top0 + y0 * h0);
        context.lineTo(left1 + x1 * w1, top1 + y1 * h1);
        context.stroke();
      });
      context.globalAlpha = 1;
    };
  }

  function show(pair) {
    const label = `${collection.named(pair)}, with matches that agree.`;
    const { height } = layout(pair, WIDTH);
    const canvas = kit.canvas(WIDTH, height, drawing(pair), { label });
    stage.replaceChildren(canvas.node);
    pictures = [null, null];
    [pair.first, pair.second].forEach((one, index) => {
      const thumbnail = data.thumbnails[one];
      if (!thumbnail) return;
      kit.loaded(thumbnail).then((picture) => {
        if (stage.firstChild !== canvas.node) return; // another was chosen meanwhile
        pictures[index] = picture;
        canvas.redraw();
      });
    });
    tell(pair);
    choices(pair);
  }

  function tell(pair) {
    const drawn = matchesOf(pair).length;
    const kind = pair.kind === 1 ? `a shared part (${data.reasons[pair.index]})` : "the same scene";
    const bridge = pair.bridge
      ? ` No other link joins the ${kit.counted(pair.bridge, "image")} of the smaller side to the rest.`
      : "";
    const lines = drawn < pair.inliers ? ` ${drawn || "None"} of them are drawn.` : "";
    readout.textContent = `${collection.named(pair)}: ${kind}. ${number(pair.inliers)} of ${number(pair.matches)} matches agree.${lines}${bridge}`;
  }

  // The lists follow the pair. Each is made anew only where its entries change: who types in one
  // is not interrupted.
  function choices(pair) {
    if (pair.first !== image && pair.second !== image) image = pair.first;
    images.querySelector("select").selectedIndex = withPartners.indexOf(image);
    if (others.dataset.image !== String(image)) {
      others.dataset.image = image;
      const name = ({ first, second }) => data.names[first === image ? second : first];
      const options = partners[image].map((one) => [one, `${name(one)} (${number(one.inliers)})`]);
      others.replaceChildren(kit.select("Partner", options, pair, (one) => choose(one)));
    }
    others.querySelector("select").selectedIndex = partners[image].indexOf(pair);
  }

  const choose = (pair) => collection.choose(pair, { scroll: false });

  if (!withPartners.length) {
    root.append(kit.note("No two images have anything in common."));
    return;
  }
  const images = kit.select(
    "Image",
    withPartners.map((one) => [one, data.names[one]]),
    null,
    (one) => {
      image = one;
      choose(partners[one][0]);
    },
  );
  root.append(el("div", { class: "controls" }, images, others), stage, readout);
  collection.listeners.push(show);
  show(collection.pairs.find((pair) => pair.bridge) ?? partners[withPartners[0]][0]);
});
