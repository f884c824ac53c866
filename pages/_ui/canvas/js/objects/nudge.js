// Moving and resizing the selected object by keys; a row of presses is one change.

/** @import { Stage, StageWithObjects } from "../types.d.ts" */

import { invalidate } from "../stage/frame.js";
import { hasObjects } from "../stage/memory.js";
import { selectedObject } from "../stage/selection.js";
import { currentPlace } from "../stage/view_groups.js";
import { movedBox, resizedBox, roomOf } from "./box_edits.js";
import { commit, setObjects } from "./list.js";
import { isDrawable, photoPlace } from "./places.js";
import { saySelected } from "./words.js";

const NUDGE = 4; // CSS pixels a key press; zoomed in, it is fewer pixels of the photo
const NUDGE_ENDS_MS = 400; // without another key, a row of presses is one gesture

// Move or (with Shift) resize the selected object; false when none is selected.
/** @type {(stage: StageWithObjects, x: number, y: number, resize: boolean) => boolean} */
export function nudge(stage, x, y, resize) {
  const chosen = selectedObject(stage);
  if (!chosen || !isDrawable(chosen) || stage.gesture) return false;
  const at = photoPlace(stage.scene, currentPlace(stage));
  const dx = x * Math.max(1, Math.round(NUDGE / at.x));
  const dy = y * Math.max(1, Math.round(NUDGE / at.y));
  stage.nudgedFrom ??= stage.objects.list;
  const box = resize
    ? resizedBox(roomOf(stage), chosen.box, [x ? 1 : 0.5, y ? 1 : 0.5], dx, dy)
    : movedBox(roomOf(stage), chosen.box, dx, dy);
  const list = stage.objects.list;
  setObjects(stage, list.map((object) => (object === chosen ? { ...object, box } : object)));
  invalidate(stage, { hover: true });
  clearTimeout(stage.nudging);
  stage.nudging = setTimeout(() => endNudge(stage), NUDGE_ENDS_MS);
  return true;
}

/** @type {(stage: Stage) => void} */
export function endNudge(stage) {
  clearTimeout(stage.nudging);
  const before = stage.nudgedFrom;
  stage.nudgedFrom = null;
  if (!before || !hasObjects(stage)) return;
  commit(stage, before);
  saySelected(stage);
}
