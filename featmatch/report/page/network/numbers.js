// Numbers of half precision as they are kept in the page, and pauses for the page to stay awake.
"use strict";

(() => {
  const SLICE = 20; // milliseconds of work at a time

  // {shape, half}: an array of 16-bit floats, base64 -> Float32Array.
  kit.halfNumbers = ({ half }) => {
    const bytes = Uint8Array.from(atob(half), (letter) => letter.charCodeAt(0));
    const words = new Uint16Array(bytes.buffer);
    return Float32Array.from(words, (word) => {
      const sign = word & 0x8000 ? -1 : 1;
      const exponent = (word >> 10) & 31;
      const fraction = word & 1023;
      if (exponent === 0) return sign * fraction * 2 ** -24;
      return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
    });
  };

  // await pause() now and then in long work: at most every `SLICE` the page gets its turn.
  kit.pauses = () => {
    let start = performance.now();
    return async () => {
      if (performance.now() - start < SLICE) return;
      await new Promise((resolve) => setTimeout(resolve));
      start = performance.now();
    };
  };
})();
