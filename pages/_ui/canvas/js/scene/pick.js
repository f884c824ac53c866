// Which box lies under the pointer.

/** @import { Indices } from "../types.d.ts" */

// All shown boxes that contain the point, smallest first; of equal ones the better first.
/** @type {(coords: Float32Array, shown: Indices, px: number, py: number, slack: number) => number[]} */
export function boxesAt(coords, shown, px, py, slack) {
  const found = [];
  for (const anchor of shown) {
    const x1 = coords[anchor * 4];
    const y1 = coords[anchor * 4 + 1];
    const x2 = coords[anchor * 4 + 2];
    const y2 = coords[anchor * 4 + 3];
    if (px >= x1 - slack && px <= x2 + slack && py >= y1 - slack && py <= y2 + slack) {
      found.push([anchor, (x2 - x1) * (y2 - y1)]);
    }
  }
  return found.sort((a, b) => a[1] - b[1]).map(([anchor]) => anchor);
}

const NONE = -1; // no anchor's number, and no object's

// Clicking again on the same pile takes the next one.
/** @type {(pile: number[], current: number | null | undefined) => number} */
export function nextOf(pile, current) {
  return pile[(pile.indexOf(current ?? NONE) + 1) % pile.length];
}
