// Colours and lines. The palette itself comes from Python, so that charts use the same.

/** @import { Palette, Rgb, Stops } from "../types.d.ts" */

export const SCORE_BINS = 24;

/** @type {(hex: string) => Rgb} */
function hexToRgb(hex) {
  const channels = parseInt(hex.slice(1), 16);
  return [channels >> 16, (channels >> 8) & 255, channels & 255];
}

// Of "#rrggbb" or "rgb(r,g,b)", which are all that the palette and the code below spell.
/** @type {(colour: string) => Rgb} */
export function colourToRgb(colour) {
  if (colour.startsWith("#")) return hexToRgb(colour);
  const [red, green, blue] = colour.slice("rgb(".length, -1).split(",").map(Number);
  return [red, green, blue];
}

// The colour of a score in [0, 1].
/** @type {(palette: Palette, score: number) => Rgb} */
export function scoreRgb(palette, score) {
  return stopsRgb(palette.scores, score);
}

// The colour of a share in [0, 1], between the two stops around it.
/** @type {(stops: Stops, score: number) => Rgb} */
export function stopsRgb(stops, score) {
  const value = Math.min(1, Math.max(0, score));
  let upper = 1;
  while (upper < stops.length - 1 && stops[upper][0] < value) upper += 1;
  const [low, lowHex] = stops[upper - 1];
  const [high, highHex] = stops[upper];
  const share = (value - low) / (high - low);
  const [from, to] = [hexToRgb(lowHex), hexToRgb(highHex)];
  /** @type {(channel: number) => number} */
  const mixed = (channel) => Math.round(from[channel] + share * (to[channel] - from[channel]));
  return [mixed(0), mixed(1), mixed(2)];
}

// One colour per bin: boxes of one colour are drawn together.
/** @type {(palette: Palette) => string[]} */
export function scoreBinColours(palette) {
  return Array.from({ length: SCORE_BINS }, (_, bin) => {
    return `rgb(${scoreRgb(palette, (bin + 0.5) / SCORE_BINS).join(",")})`;
  });
}

/** @type {(score: number) => number} */
export function scoreBin(score) {
  return Math.min(SCORE_BINS - 1, Math.max(0, Math.floor(score * SCORE_BINS)));
}

/** @type {(palette: Palette, level: number) => string} */
export function levelColour(palette, level) {
  return palette.levels[level % palette.levels.length];
}

// Coarser levels get thicker lines, so that levels differ without colour too.
/** @type {(level: number) => number} */
export function levelWidth(level) {
  return 1 + 0.5 * level;
}
