// A ground-truth object in words.

/** @import { ObjectHere, StageWithObjects } from "../types.d.ts" */

import { tr } from "../../../scripts/words.js";
import { selectedObject } from "../stage/selection.js";
import { speak } from "../stage/speech.js";
import { photoSides } from "../words/describe.js";
import { capital, fixed } from "../words/format.js";
import { isDrawable, stateOf } from "./places.js";

/** @type {(stage: StageWithObjects, object: ObjectHere) => string[]} */
export function describeObject({ scene, objects }, object) {
  const facts = {
    place: objects.list.indexOf(object) + 1,
    count: objects.list.length,
    label: object.label,
  };
  const lines = [
    object.label
      ? tr("Object {place} of {count}: {label}", facts)
      : tr("Object {place} of {count}", facts),
  ];
  if (isDrawable(object)) {
    const [w, h] = [object.box[2] - object.box[0], object.box[3] - object.box[1]];
    const [imageH, imageW] = scene.imageHw;
    const [originalH, originalW] = scene.originalHw;
    const [inputW, inputH] = [(w * imageW) / originalW, (h * imageH) / originalH];
    lines.push(photoSides(w, h));
    const ratio = fixed(inputH / inputW, 2);
    const sides = { width: fixed(inputW), height: fixed(inputH), ratio };
    lines.push(
      inputW > 0
        ? tr("{width} × {height} px in the network input, h/w {ratio}", sides)
        : tr("{width} × {height} px in the network input", sides),
    );
  }
  if (object.crowd) lines.push(tr("A region of many objects (crowd)"));
  const state = stateOf(objects.states, object);
  if (state) lines.push(capital(state.name));
  return lines;
}

// Tell of the selected object to those who hear the page.
/** @type {(stage: StageWithObjects) => void} */
export function saySelected(stage) {
  const chosen = selectedObject(stage);
  if (chosen) speak(stage, describeObject(stage, chosen).join(". "));
}
