// What follows the pointer and the selection, on a canvas of its own: cheap to redraw.

/** @import { Cell, Grids, Pen, Place, Rect, Scene, ScoredScene } from "../types.d.ts" */

import { FATE_KEPT } from "../scene/fates.js";
import { boxesOf } from "../scene/scene.js";

export const MOST_ARROWS = 300;

/** @type {(coords: Float32Array, anchor: number, place: Place) => Rect} */
export function rectOnStage(coords, anchor, place) {
  const { scale, left, top } = place;
  return [
    coords[anchor * 4] * scale + left,
    coords[anchor * 4 + 1] * scale + top,
    coords[anchor * 4 + 2] * scale + left,
    coords[anchor * 4 + 3] * scale + top,
  ];
}

/** @type {(context: Pen, rect: Rect, colour: string, width: number, dash?: number[]) => void} */
export function outline(context, [x1, y1, x2, y2], colour, width, dash = []) {
  context.setLineDash([]);
  context.strokeStyle = "rgba(0, 0, 0, 0.75)";
  context.lineWidth = width + 2;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.setLineDash([]);
}

/** @type {(context: Pen, fromX: number, fromY: number, toX: number, toY: number) => void} */
function arrow(context, fromX, fromY, toX, toY) {
  const length = Math.hypot(toX - fromX, toY - fromY);
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  if (length > 6) {
    const angle = Math.atan2(toY - fromY, toX - fromX);
    const head = Math.min(8, length / 2);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(toX, toY);
      context.lineTo(toX + head * Math.cos(angle + turn), toY + head * Math.sin(angle + turn));
    }
  } else {
    context.moveTo(toX + 2, toY);
    context.arc(toX, toY, 2, 0, 2 * Math.PI);
  }
  context.stroke();
}

// From the middle of the anchor to the middle of the box that it became.
/** @type {(context: Pen, scene: ScoredScene, anchor: number, place: Place, colour: string) => void} */
function drawOffset(context, scene, anchor, place, colour) {
  const from = rectOnStage(scene.anchors, anchor, place);
  const to = rectOnStage(scene.decoded, anchor, place);
  const [fromX, fromY] = middleOf(from);
  const [toX, toY] = middleOf(to);
  for (const { ink, width } of [{ ink: "rgba(0, 0, 0, 0.6)", width: 3.5 }, { ink: colour, width: 1.5 }]) {
    context.setLineDash([2, 3]);
    context.strokeStyle = ink;
    context.lineWidth = width - 0.5;
    context.strokeRect(from[0], from[1], from[2] - from[0], from[3] - from[1]);
    context.setLineDash([]);
    context.lineWidth = width;
    arrow(context, fromX, fromY, toX, toY);
  }
}

/** @type {(rect: Rect) => [number, number]} */
export function middleOf([x1, y1, x2, y2]) {
  return [(x1 + x2) / 2, (y1 + y2) / 2];
}

/** @type {(context: Pen, scene: ScoredScene, shown: Int32Array, place: Place) => void} */
export function drawOffsets(context, scene, shown, place) {
  for (const anchor of shown.subarray(0, MOST_ARROWS)) {
    if (scene.grid) drawOffset(context, scene, anchor, place, "#ffffff");
  }
}

/** @type {(context: Pen, scene: Grids, cell: Cell, place: Place, colour: string) => void} */
export function drawCell(context, scene, [level, y, x], place, colour) {
  const { strideHw } = scene.levels[level];
  const left = x * strideHw[1] * place.scale + place.left;
  const top = y * strideHw[0] * place.scale + place.top;
  const [right, bottom] = [left + strideHw[1] * place.scale, top + strideHw[0] * place.scale];
  outline(context, [left, top, right, bottom], colour, 1.5);
}

/** @type {(context: Pen, scene: Scene, anchor: number, place: Place) => void} */
export function drawSelected(context, scene, anchor, place) {
  if (scene.scored) {
    const winner = scene.suppressedBy[anchor];
    if (winner >= 0) {
      const { colour, width } = scene.palette.fates[FATE_KEPT];
      outline(context, rectOnStage(scene.boxes, winner, place), colour, width);
    }
    if (scene.grid) drawOffset(context, scene, anchor, place, "#ffffff");
  }
  outline(context, rectOnStage(boxesOf(scene), anchor, place), "#ffffff", 3);
}
