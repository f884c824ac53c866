// What the colours of lines can tell in a scene.

/** @import { ColourBy, Controls, Scene } from "../types.d.ts" */

// What colours can tell in this scene: what was chosen, or else the next best.
/** @type {(scene: Scene, controls: Controls) => ColourBy} */
export function colouring(scene, controls) {
  const { colourBy } = controls;
  if (colourBy === "class" && scene.classes) return colourBy;
  if (colourBy === "value" && scene.values) return colourBy;
  if (!scene.scored) return "level";
  return colourBy === "class" || colourBy === "value" ? "score" : colourBy;
}

// Whether colours tell of what the scene says about anchors, and not of their boxes.
/** @type {(colourBy: ColourBy) => boolean} */
export function tellsOfAnchors(colourBy) {
  return colourBy === "class" || colourBy === "value";
}
