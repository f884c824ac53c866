// An anchor, its box or a cell in words: lines for the tip and for those who hear the page.

/** @import { Cell, Rect, Scene, ScoredScene } from "../types.d.ts" */

import { ntr, number, tr } from "../../../scripts/words.js";
import { addressOf, anchorsOfCell } from "../scene/anchors.js";
import { FATE_SUPPRESSED } from "../scene/fates.js";
import { brief, capital, fixed } from "./format.js";

/** @type {(scene: Scene, anchor: number) => string} */
function anchorName({ grid }, anchor) {
  const facts = { number: number(anchor) };
  return grid ? tr("Anchor {number}", facts) : tr("Box {number}", facts);
}

/** @type {(scene: Scene, anchor: number) => string} */
export function boxName(scene, anchor) {
  const rank = scene.scored ? scene.rankOf.get(anchor) : undefined;
  if (rank === undefined) return anchorName(scene, anchor);
  return tr("Proposal {number}", { number: number(rank + 1) });
}

/** @type {(scene: Scene, box: Float32Array) => string[]} */
function sizeLines(scene, box) {
  const [w, h] = [box[2] - box[0], box[3] - box[1]];
  const toOriginal = [0, 1].map((axis) => scene.originalHw[axis] / scene.imageHw[axis]);
  const facts = { width: fixed(w), height: fixed(h), ratio: fixed(h / w, 2) };
  const sides =
    w > 0
      ? tr("Box {width} × {height} px in the network input, h/w {ratio}", facts)
      : tr("Box {width} × {height} px in the network input, h/w none", facts);
  return [sides, photoSides(w * toOriginal[1], h * toOriginal[0])];
}

/** @type {(w: number, h: number) => string} */
export function photoSides(w, h) {
  return tr("{width} × {height} px in the photo", { width: fixed(w), height: fixed(h) });
}

/** @type {(scene: Scene, anchor: number) => string[]} */
function classLines(scene, anchor) {
  const lines = [];
  if (scene.classes) {
    const { name, styles } = scene.classes;
    const { name: value } = styles[scene.classOf[anchor]];
    lines.push(tr("{name}: {value}", { name: capital(name), value }));
  }
  if (scene.values) {
    const { name, unit } = scene.values;
    const value = scene.valueOf[anchor];
    lines.push(
      Number.isNaN(value)
        ? tr("{name}: none", { name: capital(name) })
        : tr("{name}: {value}", { name: capital(name), value: `${brief(value)} ${unit}`.trim() }),
    );
  }
  return lines;
}

/** @type {(scene: ScoredScene, anchor: number) => string} */
function fateLine(scene, anchor) {
  const fate = scene.fate[anchor];
  const winner = scene.suppressedBy[anchor];
  // At a threshold that is only tried, who suppresses whom has not been asked.
  if (fate !== FATE_SUPPRESSED || winner < 0) {
    return tr("Fate: {fate}", { fate: scene.palette.fates[fate].words });
  }
  const iou = scene.suppressedIou[anchor].toFixed(3);
  const rank = scene.rankOf.get(winner);
  if (rank === undefined) {
    const facts = { number: number(winner), iou };
    return scene.grid
      ? tr("Fate: suppressed by anchor {number} at IoU {iou}", facts)
      : tr("Fate: suppressed by box {number} at IoU {iou}", facts);
  }
  return tr("Fate: suppressed by proposal {number} at IoU {iou}", { number: number(rank + 1), iou });
}

// Width and height of a cell's anchor, as it lies: rounded where the convention rounds.
/** @type {(corners: Rect) => { width: string, height: string }} */
export function sidesOf([x1, y1, x2, y2]) {
  return { width: fixed(x2 - x1), height: fixed(y2 - y1) };
}

/** @type {(scene: Scene, anchor: number) => string[]} */
function addressLines(scene, anchor) {
  const { level, y, x, shape } = addressOf(scene, anchor);
  const { name, strideHw, sizeRatio, cellAnchors } = scene.levels[level];
  const [size, ratio] = sizeRatio[shape];
  const stride = fixed(strideHw[0]);
  return [
    // A level may be named by its stride; it is then said once, unless the grid's own differs.
    name === tr("stride {stride}", { stride })
      ? tr("Level of {name}, cell ({y}, {x})", { name, y, x })
      : tr("Level {name}, stride {stride}, cell ({y}, {x})", { name, stride, y, x }),
    tr("Anchor {width} × {height} px, size {size} px, ratio h/w {ratio}", {
      ...sidesOf(cellAnchors[shape]),
      size: fixed(size),
      ratio: fixed(ratio, 2),
    }),
  ];
}

// Lines about an anchor and the box that it became; the first is the title. Where the anchor
// itself is drawn, its own sides are told.
/** @type {(scene: Scene, anchor: number, asAnchor?: boolean) => string[]} */
export function describe(scene, anchor, asAnchor = false) {
  const lines = [asAnchor ? anchorName(scene, anchor) : boxName(scene, anchor)];
  lines.push(...classLines(scene, anchor));
  if (scene.scored) {
    const score = scene.scores[anchor].toFixed(3);
    lines.push(tr("Score {score}, logit {logit}", { score, logit: scene.logits[anchor].toFixed(2) }));
  }
  if (scene.grid) lines.push(...addressLines(scene, anchor));
  const coords = scene.scored && !asAnchor ? scene.boxes : scene.anchors;
  lines.push(...sizeLines(scene, coords.subarray(anchor * 4, anchor * 4 + 4)));
  if (scene.scored) lines.push(fateLine(scene, anchor));
  return lines;
}

/** @type {(scene: Scene, cell: Cell) => string[]} */
export function describeCell(scene, cell) {
  const [level, y, x] = cell;
  const { name, strideHw } = scene.levels[level];
  const anchors = anchorsOfCell(scene, cell);
  const lines = [tr("Level {name}, cell ({y}, {x})", { name, y, x })];
  lines.push(tr("Stride {stride} px", { stride: fixed(strideHw[0]) }));
  lines.push(
    ntr(
      "{count} anchor: click to show, click again to select it",
      "{count} anchors: click to show, click again to go through them",
      anchors.length,
    ),
  );
  if (scene.scored && anchors.length > 0) {
    const best = Math.max(...anchors.map((anchor) => scene.scores[anchor]));
    lines.push(tr("Best score {score}", { score: best.toFixed(3) }));
  }
  return lines;
}
