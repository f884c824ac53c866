// From one box or object to the next, brought into view and told.

/** @import { Rect, Stage, StageWithObjects } from "../types.d.ts" */

import { middleOf, rectOnStage } from "../drawing/overlay.js";
import { isDrawable, photoPlace, rectOfObject } from "../objects/places.js";
import { describeObject } from "../objects/words.js";
import { boxesOf } from "../scene/scene.js";
import { hasObjects, isEditing } from "../stage/memory.js";
import { select, selectObject, selectedObject, selectionOf } from "../stage/selection.js";
import { speak } from "../stage/speech.js";
import { currentPlace, pan } from "../stage/view_groups.js";
import { describe } from "../words/describe.js";
import { showTip } from "./tip.js";

// Select the next or previous box by score; with one cell's anchors shown, go through these.
/** @type {(stage: Stage, by: number) => void} */
export function step(stage, by) {
  const list = steppable(stage);
  if (list.length === 0) return;
  const chosen = selectionOf(stage);
  const anchor = after(list, list.indexOf(chosen?.anchor ?? -1), by);
  select(stage, { anchor, cell: chosen?.cell ?? null });
  centreRect(stage, rectOnStage(boxesOf(stage.scene), anchor, currentPlace(stage)));
  describeSelected(stage);
}

/** @type {(stage: Stage) => number[]} */
function steppable(stage) {
  const { memory, anchorLayer, filtered } = stage;
  return memory.controls.anchors === "cell" ? [...anchorLayer.shown] : [...filtered.shown];
}

/** @type {(stage: StageWithObjects, by: number) => void} */
export function stepObject(stage, by) {
  const { list } = stage.objects;
  if (list.length === 0) return;
  const chosen = selectedObject(stage);
  const next = after(list, chosen ? list.indexOf(chosen) : -1, by);
  selectObject(stage, next.id);
  if (isDrawable(next)) {
    centreRect(stage, rectOfObject(next.box, photoPlace(stage.scene, currentPlace(stage))));
  }
  describeSelectedObject(stage);
}

// Round and round; from outside (-1) to the first or the last.
/** @type {<T>(list: T[], place: number, by: number) => T} */
function after(list, place, by) {
  if (place < 0) return list[by > 0 ? 0 : list.length - 1];
  return list[(place + by + list.length) % list.length];
}

/** @type {(stage: Stage, rect: Rect) => void} */
function centreRect(stage, rect) {
  const { width, height } = stage;
  const [x, y] = middleOf(rect);
  if (x < 0 || y < 0 || x > width || y > height) pan(stage, width / 2 - x, height / 2 - y);
}

/** @type {(stage: Stage) => void} */
export function describeSelected(stage) {
  stage.told = true;
  if (hasObjects(stage)) describeSelectedObject(stage);
  const { scene, width, height } = stage;
  const anchor = selectionOf(stage)?.anchor ?? null;
  if (anchor === null) return;
  const [, y1, x2] = rectOnStage(boxesOf(scene), anchor, currentPlace(stage));
  const lines = describe(scene, anchor);
  showTip(stage.tip, lines, x2, y1, width, height);
  speak(stage, lines.join(". "));
}

/** @type {(stage: StageWithObjects) => void} */
function describeSelectedObject(stage) {
  const { scene, tip, width, height } = stage;
  const chosen = selectedObject(stage);
  if (!chosen) return;
  const lines = describeObject(stage, chosen);
  speak(stage, lines.join(". "));
  if (isEditing(stage) || !isDrawable(chosen)) return;
  stage.told = true;
  const [, y1, x2] = rectOfObject(chosen.box, photoPlace(scene, currentPlace(stage)));
  showTip(tip, lines, x2, y1, width, height);
}
