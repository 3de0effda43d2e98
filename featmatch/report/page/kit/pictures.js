// Points of photographs on their drawings: kit.placer, kit.pointAt, kit.ring, kit.overPicture.
"use strict";

(() => {
  const { number } = kit;

  // A function that maps a point (x, y) of an image, whose first pixel's center is (0, 0), to where
  // it lies on a drawing of the image `width` wide.
  kit.placer = ([imageWidth], width, left = 0, top = 0) => {
    const scale = width / imageWidth;
    return ([x, y]) => [left + (x + 0.5) * scale, top + (y + 0.5) * scale];
  };

  // The point of an image under a place of such a drawing.
  kit.pointAt = ([imageWidth], width, x, y) => {
    const scale = imageWidth / width;
    return [x * scale - 0.5, y * scale - 0.5];
  };

  // A ring that can be seen on bright and on dark ground.
  kit.ring = (context, [x, y], radius, color) => {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = 3;
    context.strokeStyle = "rgb(0 0 0 / 55%)";
    context.stroke();
    context.lineWidth = 1.5;
    context.strokeStyle = color;
    context.stroke();
  };

  // Colors on top of photographs, which are the same in both themes.
  kit.overPicture = {
    orb: "#ffb000",
    sift: "#5dff8f",
    cnn: "#5cc8ff",
    right: "#56b4e9",
    wrong: "#d55e00",
  };

  // How many in a sentence: "1,000 points".
  kit.counted = (count, noun, plural = `${noun}s`) => `${number(count)} ${count === 1 ? noun : plural}`;

  // Keep a drawing up to date with a picture that is still being decoded: draw(image).
  kit.whenLoaded = (pictures, done) => {
    Promise.all(pictures.map(kit.loaded)).then(done);
  };
})();
