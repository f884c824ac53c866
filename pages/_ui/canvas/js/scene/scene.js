// From a header and its arrays to a scene: the arithmetic that need not travel.

/**
 * @import { Header, Hw, Scene, SceneArrays, ScoredArrays, ScoredScene, Suppressions } from "../types.d.ts"
 */

import { laidAnchors, withoutGrid } from "./anchors.js";
import { derive, findArrays } from "./arrays.js";
import { receiveClasses } from "./classes.js";
import { FATE_KEPT, FATE_SUPPRESSED, ranks } from "./fates.js";
import { survivalOf } from "./survival.js";

// What a header describes, or null when an array that it needs is not here.
/** @type {(header: Header) => Scene | null} */
export function sceneOf(header) {
  const arrays = findArrays(header.arrays);
  return arrays && buildScene(header, arrays);
}

/** @type {(header: Header, arrays: SceneArrays) => Scene} */
function buildScene(header, arrays) {
  const bare = {
    id: header.payloadId,
    layout: header.layout,
    photoId: header.photoId,
    originalHw: header.originalHw,
    imageHw: header.imageHw,
    palette: header.palette,
    note: header.scoreNote,
    count: header.anchors,
    objects: header.objects ?? null,
    grid: header.grid,
    ...(header.grid
      ? laidAnchors(header.levels, header.anchors)
      : withoutGrid(header.levels, arrays.levelOf)),
    ...receiveClasses(header, arrays),
  };
  if (!isScored(arrays)) return { ...bare, scored: false, survival: null };
  const { logits, decoded, fate, kept } = arrays;
  const { suppressedBy, suppressedIou } = suppressions(header.anchors, arrays);
  const ledger = { fate, kept, rankOf: derive(kept, "ranks", ranks), suppressedBy };
  return {
    ...bare,
    ...ledger,
    scored: true,
    suppressedIou,
    logits,
    scores: derive(logits, "scores", () => logits.map((logit) => 1 / (1 + Math.exp(-logit)))),
    decoded,
    boxes: derive(decoded, `clipped to ${header.imageHw}`, () => clipBoxes(decoded, header.imageHw)),
    candidates: null,
    survival: survivalOf(header, arrays, ledger),
  };
}

/** @type {(arrays: SceneArrays) => arrays is ScoredArrays & SceneArrays} */
function isScored({ logits }) {
  return logits !== undefined; // all others of a scored scene come with them
}

// By whom each anchor was suppressed, -1 for none, and at which IoU.
/** @type {(count: number, arrays: ScoredArrays) => Suppressions} */
function suppressions(count, { suppressed, suppressor, suppressorIou }) {
  const suppressedBy = new Int32Array(count).fill(-1);
  const suppressedIou = new Float32Array(count);
  suppressed.forEach((anchor, i) => {
    suppressedBy[anchor] = suppressor[i];
    suppressedIou[anchor] = suppressorIou[i];
  });
  return { suppressedBy, suppressedIou };
}

/** @type {(decoded: Float32Array, imageHw: Hw) => Float32Array} */
function clipBoxes(decoded, [height, width]) {
  const boxes = new Float32Array(decoded.length);
  for (let i = 0; i < decoded.length; i += 1) {
    const limit = i % 2 === 0 ? width : height;
    boxes[i] = Math.min(limit, Math.max(0, decoded[i]));
  }
  return boxes;
}

// Every box that entered NMS, best score first; sorted only when a layer asks for it.
/** @type {(scene: ScoredScene) => Int32Array} */
export function candidatesOf(scene) {
  if (!scene.candidates) {
    /** @type {number[]} */
    const found = [];
    scene.fate.forEach((fate, anchor) => {
      if (fate >= FATE_SUPPRESSED && fate <= FATE_KEPT) found.push(anchor);
    });
    const { logits } = scene;
    scene.candidates = Int32Array.from(found).sort((a, b) => logits[b] - logits[a] || a - b);
  }
  return scene.candidates;
}

// What is drawn of each anchor: its box, or where there are no scores the anchor itself; (R, 4).
/** @type {(scene: Scene) => Float32Array} */
export function boxesOf(scene) {
  return scene.scored ? scene.boxes : scene.anchors;
}
