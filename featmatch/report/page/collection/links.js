// Where to look first: weak links, loops that contradict themselves, near-duplicates.
"use strict";

kit.section("weak", "Links to look at", (root, collection) => {
  const { el, number } = kit;
  const { data, pairs } = collection;

  function part(title, text, ...nodes) {
    root.append(el("h3", {}, title), el("p", {}, text), ...nodes);
  }

  if (data.bridges.length) {
    const rows = data.bridges.map(([index, cutOff]) => () => {
      const pair = pairs[index];
      return [collection.pairButton(pair), pair.inliers, cutOff];
    });
    part(
      "Only links",
      "Without one of these, the images of its smaller side would be cut off. Photographs between the two sides make it safe.",
      collection.longTable("Links without another way round", ["pair", "inliers", "cuts off"], rows),
    );
  } else part("Only links", "No pair alone holds images together.");

  if (data.loops.length) {
    const rows = data.loops.map(({ images, rotation, error, suspect }) => () => [
      el("span", {}, images.map((image) => data.names[image]).join(", ")),
      rotation ? `turned by ${number(error, 0)}°` : `shifted by ${number(error, 0)} %`,
      collection.pairButton(pairs[suspect]),
    ]);
    part(
      "Contradictions",
      "Going from an image to a second, a third and back should end where it began. Here it does not: one of the three pairs is wrong, most likely as something repeats. The suspect is the pair that is contradicted most.",
      collection.longTable("Loops that do not close", ["images", "error", "suspect"], rows),
    );
  } else part("Contradictions", "No three pairs contradict each other.");

  if (data.near_duplicates.length) {
    const rows = data.near_duplicates.map((index) => () => [
      collection.pairButton(pairs[index]),
      pairs[index].inliers,
    ]);
    part(
      "Nearly the same photograph",
      "Resized, turned or cropped a little, or taken twice from the same place: they tell nothing about depth.",
      collection.longTable("Near-duplicates", ["pair", "inliers"], rows),
    );
  }
  if (data.duplicates.length) {
    const rows = data.duplicates.map(([name, ...copies]) => () => [name, copies.join(", ")]);
    part(
      "The same file",
      "Copies are matched once, under the first name.",
      collection.longTable("Files of the same bytes", ["image", "copies"], rows),
    );
  }
});
