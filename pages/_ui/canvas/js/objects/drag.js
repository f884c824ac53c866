// Drawing, moving and resizing objects by the pointer.

/** @import { Gesture, Intent, Point, Rect, Room, Stage, StageWithObjects } from "../types.d.ts" */

import { invalidate } from "../stage/frame.js";
import { hasObjects } from "../stage/memory.js";
import { selectedObject, selectionOfObject } from "../stage/selection.js";
import { currentPlace } from "../stage/view_groups.js";
import { heldBox, movedBox, resizedBox, roomOf } from "./box_edits.js";
import { commit, newObject, setObjects, takeId } from "./list.js";
import { endNudge } from "./nudge.js";
import {
  FINGER_GRAB,
  GRAB,
  HANDLE,
  handleAt,
  isDrawable,
  isInside,
  objectsAt,
  photoPlace,
  pointOfPhoto,
  rectOfObject,
} from "./places.js";
import { saySelected } from "./words.js";

// What a press would do: resize or move the selected object, take another by its line, or draw.
/** @type {(stage: StageWithObjects, point: Point, reach: number) => Intent} */
function intentAt(stage, point, reach) {
  const place = currentPlace(stage);
  const at = photoPlace(stage.scene, place);
  const chosen = selectedObject(stage);
  if (chosen && isDrawable(chosen)) {
    const rect = rectOfObject(chosen.box, at);
    const handle = handleAt(rect, point, Math.max(reach, HANDLE));
    if (handle) return { kind: "resize", object: chosen, handle };
    if (isInside(rect, point, reach)) return { kind: "move", object: chosen };
  }
  const touched = objectsAt(stage, point, place, reach, false)[0];
  return touched ? { kind: "move", object: touched } : { kind: "draw" };
}

/** @type {(pointerType: string) => number} */
export function reachOf(pointerType) {
  return pointerType === "touch" ? FINGER_GRAB : GRAB;
}

/** @type {(stage: StageWithObjects, point: Point, pointerType: string) => void} */
export function startGesture(stage, point, pointerType) {
  endNudge(stage);
  const { list, most } = stage.objects;
  const intent = intentAt(stage, point, reachOf(pointerType));
  if (intent.kind === "draw" && list.length >= most) return;
  stage.gesture = { intent, from: point, before: list, id: null };
}

/** @type {(stage: StageWithObjects, gesture: Gesture, point: Point) => void} */
export function moveGesture(stage, gesture, point) {
  const { intent, before, from } = gesture;
  if (gesture.id === null) {
    gesture.id = intent.kind === "draw" ? takeId(stage.memory.editing) : intent.object.id;
    stage.selection = selectionOfObject(stage, gesture.id);
  }
  const at = photoPlace(stage.scene, currentPlace(stage));
  const box = boxOf(roomOf(stage), intent, pointOfPhoto(from, at), pointOfPhoto(point, at));
  setObjects(
    stage,
    intent.kind === "draw"
      ? [...before, newObject(gesture.id, box)]
      : before.map((object) => (object === intent.object ? { ...object, box } : object)),
  );
  invalidate(stage, { hover: true });
}

// The box that a drag makes, from one point of the photo to another.
/** @type {(room: Room, intent: Intent, from: [number, number], to: [number, number]) => Rect} */
export function boxOf(room, intent, [fromX, fromY], [toX, toY]) {
  if (intent.kind === "draw") {
    const [x1, y1, x2, y2] = [fromX, fromY, toX, toY].map(Math.round);
    return heldBox(room, [x1, y1, x2, y2]);
  }
  const { box } = intent.object;
  const [dx, dy] = [toX - fromX, toY - fromY];
  if (intent.kind === "move") return movedBox(room, box, dx, dy);
  return resizedBox(room, box, intent.handle, dx, dy);
}

/** @type {(stage: Stage) => void} */
export function finishGesture(stage) {
  const { gesture } = stage;
  stage.gesture = null;
  if (!gesture || gesture.id === null || !hasObjects(stage)) return;
  commit(stage, gesture.before);
  saySelected(stage);
}

// Whether there was anything to take back.
/** @type {(stage: Stage) => boolean} */
export function cancelGesture(stage) {
  const { gesture } = stage;
  stage.gesture = null;
  if (!gesture || gesture.id === null || !hasObjects(stage)) return false;
  setObjects(stage, gesture.before);
  invalidate(stage, { hover: true });
  return true;
}

// As the cursor that stands for what a press would do.
/** @type {(stage: StageWithObjects, point: Point | null) => void} */
export function showIntent(stage, point) {
  stage.overlay.style.cursor = cursorOf(point ? intentAt(stage, point, GRAB) : { kind: "draw" });
}

/** @type {(intent: Intent) => string} */
function cursorOf(intent) {
  if (intent.kind === "draw") return "crosshair";
  if (intent.kind === "move") return "move";
  const [h, v] = intent.handle;
  if (h === 0.5) return "ns-resize";
  if (v === 0.5) return "ew-resize";
  return h === v ? "nwse-resize" : "nesw-resize";
}
