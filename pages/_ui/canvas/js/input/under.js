// What lies under a point of the stage.

/** @import { DrawableObject, Place, Point, Stage } from "../types.d.ts" */

import { GRAB, objectsAt } from "../objects/places.js";
import { colouring, tellsOfAnchors } from "../scene/colouring.js";
import { boxesAt } from "../scene/pick.js";
import { showsObjects } from "../stage/memory.js";

// The boxes under a point or, where anchors tell of classes or values, the anchors.
/** @type {(stage: Stage, px: number, py: number, place: Place) => { pile: number[]; asAnchor: boolean }} */
export function boxesUnder({ scene, memory, filtered, anchorLayer }, px, py, place) {
  const slack = 2 / place.scale;
  const boxes = scene.scored ? boxesAt(scene.boxes, filtered.shown, px, py, slack) : [];
  const telling = tellsOfAnchors(colouring(scene, memory.controls));
  if (boxes.length > 0 || !telling) return { pile: boxes, asAnchor: false };
  return { pile: boxesAt(scene.anchors, anchorLayer.shown, px, py, slack), asAnchor: true };
}

// Objects whose line or name is under a point; where nothing else is, those around it too.
/** @type {(stage: Stage, point: Point, place: Place, around: boolean) => DrawableObject[]} */
export function objectsUnder(stage, point, place, around) {
  if (!showsObjects(stage)) return [];
  const free = around && stage.memory.controls.anchors !== "cell";
  return objectsAt(stage, point, place, GRAB / 2, free);
}
