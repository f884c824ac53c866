// A step of NMS on the picture: its own box, and those that it suppresses, each with its IoU.

/** @import { Pen, Place, Rect, Stage } from "../types.d.ts" */

import { outline, rectOnStage } from "../drawing/overlay.js";
import { FATE_SUPPRESSED } from "../scene/fates.js";
import { stepsOf, victimsOf } from "./steps.js";

const MOST_IOU_TAGS = 12;

// The step's own box and those that it suppresses, each with its IoU.
/** @type {(context: Pen, stage: Stage, place: Place) => void} */
export function drawPlayback(context, stage, place) {
  const { scene, memory } = stage;
  const { on, step } = memory.playback;
  if (!scene.survival || !on) return;
  const current = stepsOf(scene)[step];
  if (current === undefined) return; // nothing entered NMS
  const { colour, width, dash } = scene.palette.fates[FATE_SUPPRESSED];
  const victims = victimsOf(scene).get(current) ?? [];
  const cased = victims.length <= MOST_IOU_TAGS;
  for (const victim of victims) {
    const rect = rectOnStage(scene.boxes, victim, place);
    if (cased) outline(context, rect, colour, width, dash);
    else plainOutline(context, rect, colour, dash);
  }
  outline(context, rectOnStage(scene.boxes, current, place), "#f0e442", 3);
  for (const victim of victims.slice(0, MOST_IOU_TAGS)) {
    const [x1, , , y2] = rectOnStage(scene.boxes, victim, place);
    iouTag(context, stage, x1, y2, scene.suppressedIou[victim].toFixed(2));
  }
}

// Without a casing: many of those would black out the photo.
/** @type {(context: Pen, rect: Rect, colour: string, dash: number[]) => void} */
function plainOutline(context, [x1, y1, x2, y2], colour, dash) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.setLineDash([]);
}

/** @type {(context: Pen, stage: Stage, x: number, y: number, text: string) => void} */
function iouTag(context, stage, x, y, text) {
  context.font = "600 10px system-ui, sans-serif";
  const width = context.measureText(text).width + 6;
  const left = Math.max(1, Math.min(x, stage.width - width - 1));
  const top = Math.max(1, Math.min(y - 14, stage.height - 14));
  context.fillStyle = "rgba(0, 0, 0, 0.72)";
  context.fillRect(left, top, width, 13);
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(text, left + 3, top + 7);
}
