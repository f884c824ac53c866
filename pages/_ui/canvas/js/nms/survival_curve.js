// The number of survivors against the threshold of NMS.

import { penOf } from "../../../scripts/dom.js";

const CURVE_HEIGHT = 26;

// Survivors against the threshold; the thumb of the slider lies on the curve's own x.
/** @type {(canvas: HTMLCanvasElement, counts: Uint32Array, now: number) => void} */
export function drawCurve(canvas, counts, now) {
  const width = canvas.clientWidth;
  if (width < 2) return;
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(CURVE_HEIGHT * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = penOf(canvas);
  const ink = getComputedStyle(canvas).color;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, CURVE_HEIGHT);
  const most = Math.max(1, ...counts);
  const thumb = 7; // half of it: the track ends there
  /** @type {(percent: number) => number} */
  const x = (percent) => thumb + (percent / 100) * (width - 2 * thumb);
  /** @type {(count: number) => number} */
  const y = (count) => CURVE_HEIGHT - 1 - (count / most) * (CURVE_HEIGHT - 4);
  for (const [end, alpha] of [[100, 0.16], [now * 100, 0.3]]) {
    context.beginPath();
    context.moveTo(x(0), CURVE_HEIGHT);
    for (let percent = 0; percent <= end; percent += 1) {
      context.lineTo(x(percent), y(counts[percent]));
    }
    context.lineTo(x(end), CURVE_HEIGHT);
    context.globalAlpha = alpha;
    context.fillStyle = ink;
    context.fill();
  }
  context.globalAlpha = 1;
}
