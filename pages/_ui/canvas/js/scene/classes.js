// A class and a value for each anchor, and which of the anchors they show.

/**
 * @import { Classified, Header, Memory, Passes, Scene, SceneArrays, Style } from "../types.d.ts"
 */

import { derive } from "./arrays.js";
import { colouring } from "./colouring.js";

const NO_CLASS = new Uint8Array(0);
const NO_VALUES = new Float32Array(0);

/** @type {(header: Header, arrays: SceneArrays) => Classified} */
export function receiveClasses(header, { classOf = NO_CLASS, valueOf = NO_VALUES }) {
  const { classes, values = null } = header;
  if (!classes) return { classes: null, classOf, values, valueOf };
  const kinds = classes.styles.length;
  const counts = derive(classOf, `counts of ${kinds}`, () => countKinds(classOf, kinds));
  return { classes: { ...classes, counts }, classOf, values, valueOf };
}

/** @type {(classOf: Uint8Array, kinds: number) => number[]} */
function countKinds(classOf, kinds) {
  const counts = new Array(kinds).fill(0);
  for (const kind of classOf) counts[kind] += 1;
  return counts;
}

// A person's own choice, by name, else the page's.
/** @type {(memory: Pick<Memory, "classShown">, style: Style) => boolean} */
export function isClassShown({ classShown }, style) {
  return classShown.get(style.name) ?? style.shown;
}

// Whether an anchor passes the switches of classes and, coloured by value, has a value; null when
// every anchor does. What hides anchors in the browser belongs here.
/** @type {(scene: Scene, memory: Memory) => Passes | null} */
export function anchorFilter(scene, memory) {
  const byValue = colouring(scene, memory.controls) === "value";
  const shown = scene.classes?.styles.map((style) => isClassShown(memory, style));
  if (!byValue && !shown?.includes(false)) return null;
  return (anchor) => {
    if (shown && !shown[scene.classOf[anchor]]) return false;
    return !byValue || !Number.isNaN(scene.valueOf[anchor]);
  };
}

// The place of a value on the colour scale, in [0, 1].
/** @type {(limits: [number, number] | null, value: number) => number} */
export function valueShare(limits, value) {
  const [low, high] = limits ?? [0, 0];
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 1;
}
