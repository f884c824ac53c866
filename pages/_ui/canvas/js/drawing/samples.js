// A sample of a line or a scale, as it stands beside words.

/** @import { Line, Stops } from "../types.d.ts" */

import { penOf } from "../../../scripts/dom.js";
import { stopsRgb } from "./palette.js";

// Cased as on the photo, so that a light line shows on a light page.
/** @type {(line: Line) => HTMLCanvasElement} */
export function casedSample({ colour, width, dash }) {
  const canvas = lineSample("rgba(0, 0, 0, 0.75)", width + 2, []);
  const context = penOf(canvas);
  context.beginPath();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.moveTo(1, 5);
  context.lineTo(29, 5);
  context.stroke();
  return canvas;
}

/** @type {(colour: string, width: number, dash: number[]) => HTMLCanvasElement} */
export function lineSample(colour, width, dash) {
  const canvas = document.createElement("canvas");
  canvas.width = 60;
  canvas.height = 20;
  canvas.style.width = "30px";
  canvas.style.height = "10px";
  const context = penOf(canvas);
  context.scale(2, 2);
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1.5, width);
  context.setLineDash(dash);
  context.moveTo(0, 5);
  context.lineTo(30, 5);
  context.stroke();
  return canvas;
}

/** @type {(stops: Stops) => HTMLCanvasElement} */
export function scaleSample(stops) {
  const canvas = document.createElement("canvas");
  canvas.width = 80;
  canvas.height = 10;
  const context = penOf(canvas);
  for (let x = 0; x < 80; x += 1) {
    context.fillStyle = `rgb(${stopsRgb(stops, x / 79).join(",")})`;
    context.fillRect(x, 0, 1, 10);
  }
  return canvas;
}
