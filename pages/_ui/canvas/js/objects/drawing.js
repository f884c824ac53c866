// How ground-truth objects are drawn.

/**
 * @import { DrawableObject, Line, ObjectHere, Palette, Pen, Place, Rect, Stage,
 *   StageWithObjects, Style, Tag } from "../types.d.ts"
 */

import { tr } from "../../../scripts/words.js";
import { outline } from "../drawing/overlay.js";
import { SMALL_STAGE } from "../drawing/strokes.js";
import { selectedObject } from "../stage/selection.js";
import { fixed } from "../words/format.js";
import { HANDLE, HANDLES, areaOfBox, isDrawable, photoPlace, rectOfObject, stateOf } from "./places.js";

const CORNER = 12; // CSS pixels of the thick corners
const MOST_TAGS = 40; // beyond it only the object under the pointer is named
const TAG_HEIGHT = 17;

/** @type {(palette: Palette, states: Style[], object: ObjectHere) => Line} */
export function objectLine(palette, states, object) {
  const kind = stateOf(states, object) ?? (object.crowd ? palette.crowd : palette.object);
  return object.crowd ? { ...kind, dash: palette.crowd.dash } : kind;
}

// Every object that is drawn, the smallest last, so that it stays visible on a larger one.
/** @type {(context: Pen, stage: StageWithObjects, place: Place) => void} */
export function drawObjects(context, stage, place) {
  const { scene, objects, memory } = stage;
  const at = photoPlace(scene, place);
  const chosen = selectedObject(stage);
  const named = objects.list.length <= MOST_TAGS;
  const drawn = objects.list.filter(isDrawable);
  drawn.sort((a, b) => areaOfBox(b.box) - areaOfBox(a.box));
  stage.tags = [];
  for (const object of drawn) {
    const rect = rectOfObject(object.box, at);
    const on = object === chosen || object.id === stage.hover?.object;
    const line = objectLine(scene.palette, objects.states, object);
    if (object === chosen && !memory.editing.on) tint(context, rect);
    drawObject(context, rect, line, on, stage.width < SMALL_STAGE);
    const text = tagOf(stage, object, on);
    if (text && (named || on)) stage.tags.push(drawTag(context, stage, object, rect, text));
  }
  if (chosen && memory.editing.on && isDrawable(chosen)) {
    drawHandles(context, rectOfObject(chosen.box, at));
  }
}

/** @type {(context: Pen, rect: Rect) => void} */
function tint(context, [x1, y1, x2, y2]) {
  context.fillStyle = "rgba(255, 255, 255, 0.18)";
  context.fillRect(x1, y1, x2 - x1, y2 - y1);
}

// What stands beside a box: its number, where the page gave it one, and its category.
/** @type {(object: ObjectHere) => string} */
function nameOf({ number, label }) {
  return [number, label].filter((part) => part !== null && part !== "").join(" ");
}

// While a box is being drawn its size is what a person wants to know.
/** @type {(stage: Stage, object: DrawableObject, on: boolean) => string} */
function tagOf({ gesture }, object, on) {
  if (!on || gesture?.id !== object.id) return nameOf(object);
  const [x1, y1, x2, y2] = object.box;
  return tr("{width} × {height} px", { width: fixed(x2 - x1), height: fixed(y2 - y1) });
}

/** @type {(context: Pen, rect: Rect, line: Line, on: boolean, small: boolean) => void} */
function drawObject(context, rect, line, on, small) {
  const width = (small ? 0.7 : 1) * line.width + (on ? 1 : 0);
  outline(context, rect, line.colour, width, line.dash);
  const [x1, y1, x2, y2] = rect;
  const [w, h] = [Math.abs(x2 - x1), Math.abs(y2 - y1)];
  const [dx, dy] = [Math.min(CORNER, w / 4), Math.min(CORNER, h / 4)];
  context.lineCap = "square";
  for (const { ink, more } of [{ ink: "rgba(0, 0, 0, 0.75)", more: 3.5 }, { ink: line.colour, more: 1.5 }]) {
    context.strokeStyle = ink;
    context.lineWidth = Math.min(width + more, Math.max(1, Math.min(w, h) / 3));
    context.beginPath();
    for (const [x, y, towardsX, towardsY] of [
      [x1, y1, dx, dy], [x2, y1, -dx, dy], [x2, y2, -dx, -dy], [x1, y2, dx, -dy],
    ]) {
      context.moveTo(x + towardsX, y);
      context.lineTo(x, y);
      context.lineTo(x, y + towardsY);
    }
    context.stroke();
  }
  context.lineCap = "butt";
}

// Names are painted, never made markup. Returns where, so that a name can be clicked too.
/** @type {(context: Pen, stage: Stage, object: ObjectHere, rect: Rect, text: string) => Tag} */
function drawTag(context, stage, object, [x1, y1, , y2], text) {
  context.font = "600 11px system-ui, sans-serif";
  const words = text.length > 32 ? `${text.slice(0, 31)}…` : text;
  const width = context.measureText(words).width + 10;
  const left = Math.max(2, Math.min(x1 - 2, stage.width - width - 2));
  // Above the box, below it at the photo's upper edge, and inside where both leave the stage.
  const places = [y1 - TAG_HEIGHT - 3, y2 + 4, Math.max(0, y1) + 4];
  const top = places.find((y) => y >= 0 && y + TAG_HEIGHT <= stage.height) ?? places[2];
  context.fillStyle = "rgba(0, 0, 0, 0.72)";
  context.beginPath();
  context.roundRect(left, top, width, TAG_HEIGHT, 4);
  context.fill();
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(words, left + 5, top + TAG_HEIGHT / 2 + 0.5);
  return { id: object.id, left, top, right: left + width, bottom: top + TAG_HEIGHT };
}

/** @type {(context: Pen, rect: Rect) => void} */
function drawHandles(context, [x1, y1, x2, y2]) {
  context.lineWidth = 1.5;
  for (const [h, v] of HANDLES) {
    const x = x1 + h * (x2 - x1) - HANDLE / 2;
    const y = y1 + v * (y2 - y1) - HANDLE / 2;
    context.fillStyle = "#ffffff";
    context.fillRect(x, y, HANDLE, HANDLE);
    context.strokeStyle = "#000000";
    context.strokeRect(x, y, HANDLE, HANDLE);
  }
}
