// What several topics show: pictures under captions, and with a frame around a square of them.
"use strict";

(() => {
  const { el } = kit;

  // A picture as wide as its column, up to 24rem.
  function wide(picture, alt) {
    const image = kit.picture(picture, alt);
    image.style.width = "100%";
    return image;
  }

  // A picture, or what `content` is if that is an element, above a few words.
  kit.captioned = (content, text, alt = text) => {
    const node = content instanceof Node ? content : wide(content, alt);
    const caption = el("figcaption", { style: "font-weight: 400" }, text);
    return el("figure", { style: "margin: 0; width: 24rem; max-width: 100%" }, node, caption);
  };

  // A picture with the frame of a `square` {x, y, side} in its pixels; update(square) moves it.
  kit.framed = (picture, square, alt) => {
    const frame = el("div");
    const percent = (part, whole) => `${(100 * part) / whole}%`;

    function update({ x, y, side }) {
      Object.assign(frame.style, {
        position: "absolute",
        left: percent(x, picture.width),
        top: percent(y, picture.height),
        width: percent(side, picture.width),
        height: percent(side, picture.height),
        outline: "3px solid var(--accent)",
        boxShadow: "0 0 0 4px #fff",
      });
    }

    update(square);
    const style = "position: relative; width: 24rem; max-width: 100%";
    return { node: el("div", { style }, wide(picture, alt), frame), update };
  };
})();
