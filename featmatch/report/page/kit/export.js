// kit.figures: what a part of the page shows, to take away as SVG or PDF.
"use strict";

(() => {
  const { el, svg } = kit;
  const PADDING = 16; // px around a figure
  const LINE = 20; // px, of its title and of each name in its legend
  const WHAT = "figure.chart, figure.bars, canvas.canvas, .hero svg[role=img]";

  // A folded list of the figures under `root`, made when it is opened.
  kit.figures = (root) => {
    const list = el("ul", { class: "figures" });
    return el(
      "details",
      { class: "take", ontoggle: (event) => event.target.open && list.replaceChildren(...entries(root)) },
      el("summary", {}, "Figures as SVG and PDF"),
      list,
    );
  };

  function entries(root) {
    const found = [...root.querySelectorAll(WHAT)].filter((node) => node.getBoundingClientRect().width);
    const seen = new Map();
    return found.map((node) => {
      const name = titleOf(node);
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      const title = times > 1 ? `${name} (${times})` : name;
      const save = (form) => el("button", { type: "button", onclick: () => saveAs(node, title, form) }, form.toUpperCase());
      return el("li", {}, el("span", {}, title), save("svg"), save("pdf"));
    });
  }

  function titleOf(node) {
    const told = node.querySelector("figcaption span, caption")?.textContent || node.getAttribute("aria-label") || "Figure";
    return told.split(". ")[0].replace(/\.$/, "");
  }

  async function saveAs(node, title, form) {
    const drawing = await drawn(node, title);
    const content = form === "svg" ? kit.asSvg(drawing) : kit.pdf(drawing);
    const address = URL.createObjectURL(new Blob([content], { type: form === "svg" ? "image/svg+xml" : "application/pdf" }));
    const name = `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60)}.${form}`;
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  // A figure as {width, height, items, title}, in the light colors of paper.
  async function drawn(node, title) {
    const before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    const box = node.getBoundingClientRect();
    const parts = node.matches("canvas") ? [canvasItem(node, box)] : node.matches("svg") ? [await heroItem(node, box)] : vectors(node, box);
    document.documentElement.dataset.theme = before;
    return {
      width: box.width + 2 * PADDING,
      height: box.height + 2 * PADDING + (node.matches("canvas, svg") ? LINE : 0),
      title,
      items: [
        ...(node.matches("canvas, svg") ? [{ kind: "text", at: [PADDING, box.height + PADDING + LINE], text: title, size: 13, fill: "rgb(27, 31, 36)" }] : []),
        ...parts.map(moved),
      ],
    };
  }

  const shift = ([x, y]) => [x + PADDING, y + PADDING];
  const moved = (item) => ({
    ...item,
    ...(item.points && { points: item.points.map(shift) }),
    ...(item.center && { center: shift(item.center) }),
    ...(item.at && { at: shift(item.at) }),
    ...(item.box && { box: [...shift(item.box), item.box[2], item.box[3]] }),
  });

  function canvasItem(canvas, { width, height }) {
    const copy = el("canvas", { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, copy.width, copy.height);
    context.drawImage(canvas, 0, 0);
    return pictureItem(copy, [0, 0, width, height]);
  }

  function pictureItem(canvas, box) {
    const jpeg = Uint8Array.from(atob(canvas.toDataURL("image/jpeg", 0.92).split(",")[1]), (letter) => letter.charCodeAt(0));
    return { kind: "picture", box, jpeg, pixels: [canvas.width, canvas.height], src: canvas.toDataURL() };
  }

  // The pair with its matches: photographs under thousands of lines, as one picture.
  async function heroItem(hero, { width, height }) {
    const copy = hero.cloneNode(true);
    for (const use of copy.querySelectorAll("use")) {
      const source = document.querySelector(use.getAttribute("href"));
      const image = source.cloneNode(true);
      for (const { name, value } of use.attributes) if (name !== "href") image.setAttribute(name, value);
      use.replaceWith(image);
    }
    copyStyles(hero, copy);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const [scale, image] = [2, new Image()];
    copy.setAttribute("width", width * scale);
    copy.setAttribute("height", height * scale);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await image.decode();
    const canvas = el("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    return { ...pictureItem(canvas, [0, 0, width, height]), src: canvas.toDataURL("image/jpeg", 0.92) };
  }

  function copyStyles(from, to) {
    const originals = [...from.querySelectorAll("path, circle, line, rect, g")];
    [...to.querySelectorAll("path, circle, line, rect, g")].forEach((node, index) => {
      const style = getComputedStyle(originals[index]);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity"]) node.style.setProperty(name, style.getPropertyValue(name));
    });
  }

  // Charts and bars as lines, areas and texts, each where it stands on the page.
  function vectors(figure, { left, top }) {
    const shown = (node) => getComputedStyle(node).visibility !== "hidden" && node.getBoundingClientRect().width + node.getBoundingClientRect().height > 0;
    const marks = [...figure.querySelectorAll("svg line, svg path, svg polygon, svg circle, .track .bar")].filter(shown);
    const texts = [...figure.querySelectorAll("svg text, figcaption span, caption, thead th, tbody th, td.number, .legend li span")].filter((node) => shown(node) && node.textContent.trim());
    return [...marks.map((node) => markItem(node, left, top)), ...texts.map((node) => textItem(node, left, top))].filter(Boolean);
  }

  function markItem(node, left, top) {
    const style = getComputedStyle(node);
    if (node.matches(".bar")) {
      const { x, y, width, height } = node.getBoundingClientRect();
      const [a, b] = [x - left, y - top];
      return { kind: "path", points: [[a, b], [a + width, b], [a + width, b + height], [a, b + height]], fill: style.backgroundColor };
    }
    const { e: dx, f: dy } = node.getScreenCTM();
    const place = ([x, y]) => [x + dx - left, y + dy - top];
    const number = (name) => Number(node.getAttribute(name));
    const stroke = { stroke: style.stroke, width: Number.parseFloat(style.strokeWidth), dash: style.strokeDasharray === "none" ? null : style.strokeDasharray.replaceAll(/px|,/g, " ") };
    const opacity = Number(style.opacity);
    if (node.matches("circle")) return { kind: "dot", center: place([number("cx"), number("cy")]), radius: number("r"), fill: style.fill, opacity };
    if (node.matches("line")) return style.stroke === "none" ? null : { kind: "path", points: [place([number("x1"), number("y1")]), place([number("x2"), number("y2")])], ...stroke };
    const pairs = (node.getAttribute("points") ?? node.getAttribute("d")).match(/-?[\d.]+,-?[\d.]+/g) ?? [];
    const points = pairs.map((pair) => place(pair.split(",").map(Number)));
    if (!points.length) return null;
    return node.matches("polygon") ? { kind: "path", points, fill: style.fill, opacity } : { kind: "path", points, ...stroke };
  }

  function textItem(node, left, top) {
    const style = getComputedStyle(node);
    const { x, y, width, height } = node.getBoundingClientRect();
    const size = Number.parseFloat(style.fontSize);
    const range = document.createRange();
    range.selectNodeContents(node);
    const start = range.getBoundingClientRect?.().x || x;
    const fill = node instanceof SVGElement ? style.fill : style.color;
    const anchor = node instanceof SVGElement ? style.textAnchor : "start";
    const along = { start, middle: x + width / 2, end: x + width }[anchor];
    return { kind: "text", at: [along - left, y - top + height / 2 + size / 3], text: node.textContent.trim().replace(/\s+/g, " "), size: Math.min(size, 14), fill, anchor };
  }

  // The same drawing as SVG.
  kit.asSvg = ({ width, height, title, items }) => {
    const draw = {
      path: ({ points, fill, stroke, width: thick, dash, opacity }) => {
        const corners = points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L");
        const ends = fill ? { d: `M${corners}Z`, fill } : { d: `M${corners}`, fill: "none", stroke, "stroke-width": thick, "stroke-dasharray": dash };
        return svg("path", { ...ends, opacity: opacity < 1 ? opacity : null });
      },
      dot: ({ center: [x, y], radius, fill }) => svg("circle", { cx: x.toFixed(2), cy: y.toFixed(2), r: radius, fill }),
      text: ({ at: [x, y], text, size, fill, anchor }) =>
        svg("text", { x: x.toFixed(2), y: y.toFixed(2), "font-size": size, fill, "text-anchor": anchor ?? "start" }, text),
      picture: ({ box: [x, y, w, h], src }) => svg("image", { x, y, width: w, height: h, href: src }),
    };
    const whole = svg(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": "Helvetica, Arial, sans-serif" },
      svg("title", {}, title),
      svg("rect", { width: "100%", height: "100%", fill: "#ffffff" }),
      items.map((item) => draw[item.kind](item)),
    );
    return new XMLSerializer().serializeToString(whole);
  };
})();
