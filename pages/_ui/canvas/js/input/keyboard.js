// Everything that the pointer can do, from the keyboard; the canvas must have the focus.

/** @import { Stage, StageWithObjects } from "../types.d.ts" */

import { cancelGesture } from "../objects/drag.js";
import { addInMiddle, redo, removeSelected, setEditing, undo } from "../objects/editing.js";
import { nudge } from "../objects/nudge.js";
import { hasObjects, isEditing } from "../stage/memory.js";
import { select, selectedObject, selectionOf } from "../stage/selection.js";
import { fitView, pan, zoom } from "../stage/view_groups.js";
import { step, stepObject } from "./stepping.js";

const PAN_STEP = 60;

// What each key does; a key that did nothing (an arrow while all is visible) stays the page's.
/** @type {Record<string, (stage: Stage) => boolean>} */
const KEYS = {
  ArrowLeft: (stage) => panZoomed(stage, PAN_STEP, 0),
  ArrowRight: (stage) => panZoomed(stage, -PAN_STEP, 0),
  ArrowUp: (stage) => panZoomed(stage, 0, PAN_STEP),
  ArrowDown: (stage) => panZoomed(stage, 0, -PAN_STEP),
  "+": (stage) => done(zoomCentre(stage, 1.25)),
  "=": (stage) => done(zoomCentre(stage, 1.25)),
  "-": (stage) => done(zoomCentre(stage, 0.8)),
  0: (stage) => done(fitView(stage)),
  n: (stage) => done(step(stage, 1)),
  "]": (stage) => done(step(stage, 1)),
  p: (stage) => done(step(stage, -1)),
  "[": (stage) => done(step(stage, -1)),
  Escape: (stage) => selectionOf(stage) !== null && done(select(stage, null)),
  o: (stage) => hasObjects(stage) && done(stepObject(stage, 1)),
  O: (stage) => hasObjects(stage) && done(stepObject(stage, -1)),
  e: (stage) => Boolean(stage.objects?.editable) && done(setEditing(stage, true)),
};

// Keys while boxes are edited; what they leave undone is done as always.
/** @type {Record<string, (stage: StageWithObjects, shift: boolean) => boolean>} */
const EDITING_KEYS = {
  ArrowLeft: (stage, shift) => nudge(stage, -1, 0, shift),
  ArrowRight: (stage, shift) => nudge(stage, 1, 0, shift),
  ArrowUp: (stage, shift) => nudge(stage, 0, -1, shift),
  ArrowDown: (stage, shift) => nudge(stage, 0, 1, shift),
  Delete: (stage) => selectedObject(stage) !== null && done(removeSelected(stage)),
  Backspace: (stage) => selectedObject(stage) !== null && done(removeSelected(stage)),
  Enter: (stage) => done(addInMiddle(stage)),
  n: (stage) => done(stepObject(stage, 1)),
  "]": (stage) => done(stepObject(stage, 1)),
  p: (stage) => done(stepObject(stage, -1)),
  "[": (stage) => done(stepObject(stage, -1)),
  Escape: (stage) => cancelGesture(stage),
  " ": (stage) => (stage.spaceHeld = true),
  e: (stage) => done(setEditing(stage, false)),
};

/** @type {(stage: Stage) => void} */
export function wireKeyboard(stage) {
  const { overlay, signal } = stage;
  overlay.addEventListener(
    "keydown",
    (event) => {
      if (press(stage, event)) event.preventDefault();
    },
    { signal },
  );
  const letGo = () => (stage.spaceHeld = false);
  overlay.addEventListener("keyup", letGo, { signal });
  overlay.addEventListener("blur", letGo, { signal });
}

// Whether the key did anything.
/** @type {(stage: Stage, event: KeyboardEvent) => boolean} */
function press(stage, event) {
  const { key, shiftKey } = event;
  if (isEditing(stage)) {
    if (isUndo(event)) return done(shiftKey || key.toLowerCase() === "y" ? redo(stage) : undo(stage));
    if (!isShortcut(event) && EDITING_KEYS[key]?.(stage, shiftKey)) return true;
  }
  return !isShortcut(event) && Boolean(KEYS[key]?.(stage));
}

/** @type {(event: KeyboardEvent) => boolean} */
function isUndo({ key, ctrlKey, metaKey }) {
  return (ctrlKey || metaKey) && ["z", "y"].includes(key.toLowerCase());
}

// Of the browser or the system.
/** @type {(event: KeyboardEvent) => boolean} */
function isShortcut({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** @type {(stage: Stage, dx: number, dy: number) => boolean} */
function panZoomed(stage, dx, dy) {
  return stage.group.view.zoom > 1 && done(pan(stage, dx, dy));
}

/** @type {(stage: Stage, factor: number) => void} */
function zoomCentre(stage, factor) {
  zoom(stage, factor, stage.width / 2, stage.height / 2);
}

/** @type {(_: void) => true} */
function done(_) {
  return true;
}
