// Lines of anchors by their class or value, whether anchors or boxes are drawn.

/** @import { ColourBy, LineOf, Scene, Style, Values } from "../types.d.ts" */

import { valueShare } from "../scene/classes.js";
import { SCORE_BINS, scoreBin, stopsRgb } from "./palette.js";

const NO_VALUE = "#8c96a5";

// The lines that classes or values have of their own; null where colours tell of something else.
/** @type {(scene: Scene, colourBy: ColourBy) => LineOf | null} */
export function linesOf({ classes, classOf, values, valueOf }, colourBy) {
  if (colourBy === "class" && classes) return linesByClass(classes.styles, classOf);
  if (colourBy === "value" && values) return linesByValue(values, valueOf);
  return null;
}

/** @type {(styles: Style[], classOf: Uint8Array) => LineOf} */
function linesByClass(styles, classOf) {
  const lines = styles.map(({ colour, width, dash }, kind) => {
    return { part: kind, colour, width, dash, rank: -kind };
  });
  return (anchor) => lines[classOf[anchor]];
}

// High values are drawn wider and last.
/** @type {(values: Values, valueOf: Float32Array) => LineOf} */
function linesByValue({ limits, stops }, valueOf) {
  const none = { part: SCORE_BINS, colour: NO_VALUE, width: 1, dash: [], rank: -1 };
  const lines = Array.from({ length: SCORE_BINS }, (_, bin) => {
    const middle = (bin + 0.5) / SCORE_BINS;
    const colour = `rgb(${stopsRgb(stops, middle).join(",")})`;
    return { part: bin, colour, width: 1 + 1.5 * middle, dash: [], rank: bin };
  });
  return (anchor) => {
    const value = valueOf[anchor];
    return Number.isNaN(value) ? none : lines[scoreBin(valueShare(limits, value))];
  };
}
