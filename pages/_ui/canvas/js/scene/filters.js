// Which boxes and anchors are shown: layers, levels, score and best N. No drawing, no DOM.

/**
 * @import { AnchorMode, Cell, Controls, Grids, Passes, Scene, Shown, ShownAnchors } from "../types.d.ts"
 */

import { anchorsOfCell } from "./anchors.js";
import { FATE_KEPT, FATE_SUPPRESSED } from "./fates.js";
import { candidatesOf } from "./scene.js";

// As many as still paint fluently on two cores without a GPU.
export const MOST_DRAWN = 30000;
const SAMPLED_CELLS = 24;

// { shown: anchors of the boxes, best score first; total: boxes of the layers that are on }
/** @type {(scene: Scene, controls: Controls, hiddenLevels: Set<number>) => Shown} */
export function filterBoxes(scene, controls, hiddenLevels) {
  if (!scene.scored) return { shown: new Int32Array(0), total: 0 };
  const { proposals, suppressed, candidates } = controls;
  const onlyProposals = proposals && !suppressed && !candidates;
  const ranked = onlyProposals ? scene.kept : candidatesOf(scene);
  const limit = Math.min(controls.topN, MOST_DRAWN);
  const shown = [];
  let total = 0;
  for (const anchor of ranked) {
    const fate = scene.fate[anchor];
    const inLayer =
      candidates || (proposals && fate === FATE_KEPT) || (suppressed && fate === FATE_SUPPRESSED);
    if (!inLayer) continue;
    total += 1;
    if (shown.length >= limit || scene.scores[anchor] < controls.minScore) continue;
    if (!hiddenLevels.has(scene.levelOf[anchor])) shown.push(anchor);
  }
  return { shown: Int32Array.from(shown), total };
}

// Anchors of the layer: { shown, total }. `passes` says of an anchor whether it is to be seen;
// null: all are. One cell is shown whole.
/** @type {(scene: Scene, mode: AnchorMode, cell: Cell | null, hiddenLevels: Set<number>, passes: Passes | null) => ShownAnchors} */
export function filterAnchors(scene, mode, cell, hiddenLevels, passes) {
  if (!scene.grid) return { shown: [], total: 0 };
  if (mode === "cell") {
    const shown = cell ? anchorsOfCell(scene, cell) : [];
    return { shown, total: shown.length };
  }
  if (mode === "all" && passes) return passingAnchors(scene, hiddenLevels, passes);
  const layer = cellwiseAnchors(scene, mode, hiddenLevels);
  return passes ? { shown: layer.shown.filter(passes), total: layer.total } : layer;
}

// Those that pass; if they are too many to draw, the kinds of which there are few stay whole.
/** @type {(scene: Scene, hiddenLevels: Set<number>, passes: Passes) => ShownAnchors} */
function passingAnchors(scene, hiddenLevels, passes) {
  const kinds = new Map();
  let total = 0;
  for (let anchor = 0; anchor < scene.count; anchor += 1) {
    if (hiddenLevels.has(scene.levelOf[anchor]) || !passes(anchor)) continue;
    const kind = scene.classes ? scene.classOf[anchor] : 0;
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push(anchor);
    total += 1;
  }
  const shown = [];
  for (const found of [...kinds.values()].sort((a, b) => a.length - b.length)) {
    const step = Math.ceil(found.length / Math.max(1, MOST_DRAWN - shown.length));
    for (let i = 0; i < found.length; i += step) shown.push(found[i]);
  }
  return { shown, total };
}

// Anchors thinned by whole cells.
/** @type {(scene: Grids, mode: AnchorMode, hiddenLevels: Set<number>) => ShownAnchors} */
function cellwiseAnchors(scene, mode, hiddenLevels) {
  const levels = scene.levels.map((level, number) => ({ level, number }));
  const visible = levels.filter(({ number }) => !hiddenLevels.has(number));
  const total = visible.reduce((sum, { level }) => {
    return sum + level.gridHw[0] * level.gridHw[1] * level.shapes;
  }, 0);
  const thin = Math.ceil(Math.sqrt(Math.max(1, total / MOST_DRAWN)));
  /** @type {number[]} */
  const shown = [];
  if (mode === "off") return { shown, total };
  for (const { level, number } of visible) {
    const [rows, columns] = level.gridHw;
    const sampled = Math.max(1, Math.round(Math.sqrt((rows * columns) / SAMPLED_CELLS)));
    const step = mode === "all" ? thin : sampled;
    const first = Math.floor((step - 1) / 2);
    for (let y = Math.min(first, rows - 1); y < rows; y += step) {
      for (let x = Math.min(first, columns - 1); x < columns; x += step) {
        shown.push(...anchorsOfCell(scene, [number, y, x]));
      }
    }
  }
  return { shown, total };
}

// "Best N" runs from 1 to all boxes on a scale of equal ratios.
/** @type {(position: number, total: number) => number} */
export function topNFromSlider(position, total) {
  if (position >= 100) return Infinity;
  return Math.round(Math.max(2, total) ** (position / 100));
}

/** @type {(topN: number, total: number) => number} */
export function sliderFromTopN(topN, total) {
  if (topN >= total) return 100;
  return Math.round((100 * Math.log(topN)) / Math.log(Math.max(2, total)));
}
