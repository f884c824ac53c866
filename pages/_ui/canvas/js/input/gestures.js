// Pointer and wheel: zoom, pan, hover, click.

/** @import { Point, Stage } from "../types.d.ts" */

import { cancelGesture, finishGesture, moveGesture, startGesture } from "../objects/drag.js";
import { clickObject } from "../objects/editing.js";
import { hoverAt } from "../stage/frame.js";
import { hasObjects, isEditing } from "../stage/memory.js";
import { fitView, pan, zoom } from "../stage/view_groups.js";
import { clickAt, undoClick } from "./clicks.js";

const DRAG_STARTS_AT = 4; // CSS pixels; less is a click with an unsteady hand

/** @type {(stage: Stage) => void} */
export function wireGestures(stage) {
  const { overlay, signal } = stage;
  /** @type {Map<number, Point & { startX: number; startY: number }>} */
  const pointers = new Map();
  let moved = false;

  /** @type {(event: MouseEvent) => Point} */
  const at = (event) => {
    const box = overlay.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  /** @type {<K extends keyof HTMLElementEventMap>(name: K, handler: (event: HTMLElementEventMap[K]) => void) => void} */
  const listen = (name, handler) => {
    overlay.addEventListener(name, handler, { signal, passive: false });
  };

  listen("pointerdown", (event) => {
    // While boxes are edited a drag edits; with the middle button or the space bar it still pans.
    const editing = isEditing(stage);
    if (event.button !== 0 && !(editing && event.button === 1)) return;
    if (event.button === 1) event.preventDefault();
    overlay.setPointerCapture(event.pointerId);
    if (pointers.size === 0) moved = false;
    pointers.set(event.pointerId, { ...at(event), startX: event.clientX, startY: event.clientY });
    if (pointers.size > 1) cancelGesture(stage); // two fingers look, one edits
    else if (editing && event.button === 0 && !stage.spaceHeld) {
      startGesture(stage, at(event), event.pointerType);
    }
  });

  listen("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) {
      hoverAt(stage, at(event));
      return;
    }
    const far = Math.hypot(event.clientX - before.startX, event.clientY - before.startY);
    if (!moved && pointers.size === 1 && far < DRAG_STARTS_AT) return;
    moved = true;
    if (stage.gesture && hasObjects(stage)) {
      pointers.set(event.pointerId, { ...before, ...at(event) });
      moveGesture(stage, stage.gesture, at(event));
      return;
    }
    overlay.classList.add("dragging");
    hoverAt(stage, null);
    const after = { ...before, ...at(event) };
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(stage, before, after, other);
    else pan(stage, after.x - before.x, after.y - before.y);
    pointers.set(event.pointerId, after);
  });

  listen("pointerup", (event) => {
    const known = pointers.delete(event.pointerId);
    overlay.classList.remove("dragging");
    if (!known || pointers.size > 0) return;
    finishGesture(stage);
    if (moved) return;
    if (isEditing(stage)) clickObject(stage, at(event), event.pointerType);
    else clickAt(stage, at(event));
  });
  listen("pointercancel", (event) => {
    pointers.delete(event.pointerId);
    overlay.classList.remove("dragging");
    cancelGesture(stage);
  });
  listen("pointerleave", (event) => {
    // A finger "leaves" as it lifts; what it tapped stays told until the next tap.
    if (event.pointerType !== "touch") hoverAt(stage, null);
  });
  listen("dblclick", () => {
    if (isEditing(stage)) return; // two quick clicks on a pile of objects
    undoClick(stage);
    fitView(stage);
  });
  listen("wheel", (event) => {
    // At "fits", scrolling on (zooming out) belongs to the page: nobody is trapped here.
    if (event.deltaY > 0 && stage.group.view.zoom <= 1) return;
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 33 : 1);
    const speed = event.ctrlKey ? 0.01 : 0.002;
    const { x, y } = at(event);
    zoom(stage, Math.exp(-speed * Math.max(-300, Math.min(300, pixels))), x, y);
  });
}

/** @type {(stage: Stage, before: Point, after: Point, other: Point) => void} */
function pinch(stage, before, after, other) {
  // The middle between the fingers goes half as far as the one that moved.
  pan(stage, (after.x - before.x) / 2, (after.y - before.y) / 2);
  const [x, y] = [(after.x + other.x) / 2, (after.y + other.y) / 2];
  zoom(stage, distance(after, other) / distance(before, other), x, y);
}

/** @type {(one: Point, other: Point) => number} */
function distance(one, other) {
  return Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
}
