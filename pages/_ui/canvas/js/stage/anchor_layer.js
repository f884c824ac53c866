// The anchors that are shown, and the one cell that they may be of.

/** @import { Cell, Stage } from "../types.d.ts" */

import { cellAt } from "../scene/anchors.js";
import { anchorFilter } from "../scene/classes.js";
import { filterAnchors } from "../scene/filters.js";
import { selectionOf } from "./selection.js";

/** @type {(stage: Stage) => void} */
export function refreshCell(stage) {
  const { scene, memory } = stage;
  const { controls, hiddenLevels } = memory;
  const cell = controls.anchors === "cell" ? pinnedCell(stage) : null;
  const passes = anchorFilter(scene, memory);
  // The same list as before, where it would be equal: it need not be drawn again then.
  const asked = [scene.levels, controls.anchors, String(cell), String([...hiddenLevels].sort())];
  if (!passes && stage.anchorLayer.asked?.every((part, i) => part === asked[i])) return;
  const found = filterAnchors(scene, controls.anchors, cell, hiddenLevels, passes);
  stage.anchorLayer = { ...found, asked: passes ? null : asked };
}

// The cell whose anchors are shown: the one chosen, else the one in the middle of the photo.
/** @type {(stage: Stage) => Cell | null} */
export function pinnedCell(stage) {
  const chosen = selectionOf(stage)?.cell;
  if (chosen) return chosen;
  const [height, width] = stage.scene.imageHw;
  return cellAt(stage.scene, stage.memory.controls.cellLevel, width / 2, height / 2);
}
