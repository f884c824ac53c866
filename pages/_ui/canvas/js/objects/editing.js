// What else changes the objects: undo, redo, delete, add, and the switch that lets all of it.

/** @import { Point, Stage, StageWithObjects } from "../types.d.ts" */

import { ntr } from "../../../scripts/words.js";
import { nextOf } from "../scene/pick.js";
import { hoverAt } from "../stage/frame.js";
import { selectObject, selectedObject, selectionOf } from "../stage/selection.js";
import { speak } from "../stage/speech.js";
import { currentPlace, showView } from "../stage/view_groups.js";
import { heldBox, roomOf } from "./box_edits.js";
import { cancelGesture, reachOf } from "./drag.js";
import { commit, newObject, sendObjects, setObjects, takeId } from "./list.js";
import { endNudge } from "./nudge.js";
import { objectsAt, photoPlace, pointOfPhoto } from "./places.js";
import { saySelected } from "./words.js";

/** @type {(stage: StageWithObjects) => void} */
export function undo(stage) {
  const count = travel(stage, "past", "future");
  if (count !== null) speak(stage, ntr("Undone. {count} object", "Undone. {count} objects", count));
}

/** @type {(stage: StageWithObjects) => void} */
export function redo(stage) {
  const count = travel(stage, "future", "past");
  if (count !== null) speak(stage, ntr("Redone. {count} object", "Redone. {count} objects", count));
}

// The number of objects after it; null where there is nothing to undo or redo.
/** @type {(stage: StageWithObjects, from: "past" | "future", to: "past" | "future") => number | null} */
function travel(stage, from, to) {
  endNudge(stage);
  const { editing } = stage.memory;
  const list = editing[from].pop();
  if (!list) return null;
  editing[to].push(stage.objects.list);
  setObjects(stage, list);
  sendObjects(stage);
  return list.length;
}

/** @type {(stage: StageWithObjects) => void} */
export function removeSelected(stage) {
  endNudge(stage);
  const chosen = selectedObject(stage);
  if (!chosen || stage.gesture) return;
  const before = stage.objects.list;
  const place = before.indexOf(chosen);
  setObjects(stage, before.filter((object) => object !== chosen));
  const next = stage.objects.list[Math.min(place, before.length - 2)];
  selectObject(stage, next?.id ?? null);
  commit(stage, before);
}

/** @type {(stage: Stage, on: boolean) => void} */
export function setEditing(stage, on) {
  endNudge(stage);
  cancelGesture(stage);
  stage.memory.editing.on = on;
  if (!on) stage.overlay.style.cursor = "";
  hoverAt(stage, null);
  showView(stage);
  stage.refresh();
}

// A click takes the next object of the pile under the pointer, or none.
/** @type {(stage: StageWithObjects, point: Point, pointerType: string) => void} */
export function clickObject(stage, point, pointerType) {
  const reach = reachOf(pointerType);
  const pile = objectsAt(stage, point, currentPlace(stage), reach, true).map(({ id }) => id);
  selectObject(stage, pile.length ? nextOf(pile, selectionOf(stage)?.object) : null);
}

// A new object in the middle of what is seen, a quarter as wide and as high.
/** @type {(stage: StageWithObjects) => void} */
export function addInMiddle(stage) {
  endNudge(stage);
  const { scene, objects, memory, width, height } = stage;
  if (objects.list.length >= objects.most) return;
  const at = photoPlace(scene, currentPlace(stage));
  const [x1, y1] = pointOfPhoto({ x: width * 0.375, y: height * 0.375 }, at).map(Math.round);
  const [x2, y2] = pointOfPhoto({ x: width * 0.625, y: height * 0.625 }, at).map(Math.round);
  const added = newObject(takeId(memory.editing), heldBox(roomOf(stage), [x1, y1, x2, y2]));
  const before = objects.list;
  setObjects(stage, [...before, added]);
  selectObject(stage, added.id);
  commit(stage, before);
  saySelected(stage);
}
