// What became of an anchor, by the numbers of rpn_core's Fate.

export const FATE_SUPPRESSED = 4;
export const FATE_BEYOND = 5;
export const FATE_KEPT = 6;

// From anchor to its place among the proposals, best first.
/** @type {(kept: Int32Array) => Map<number, number>} */
export function ranks(kept) {
  const rankOf = new Map();
  kept.forEach((anchor, rank) => rankOf.set(anchor, rank));
  return rankOf;
}
