// When something is drawn: one frame for all that was asked for, and nothing
// runs while nothing changes.

/** @import { Point, Stage, Stale } from "../types.d.ts" */

const MOVING_MS = 140; // after the last move, heavy layers are drawn sharp again

/** @type {(stage: Stage, what: Stale) => void} */
export function invalidate(stage, what) {
  stage.stale = { ...stage.stale, ...what };
  if (what.moving) {
    stage.moving = true;
    clearTimeout(stage.settling);
    stage.settling = setTimeout(() => {
      stage.moving = false;
      invalidate(stage, { base: true });
    }, MOVING_MS);
  }
  if (!stage.frame) stage.frame = requestAnimationFrame(() => stage.draw());
}

/** @type {(stage: Stage, point: Point | null) => void} */
export function hoverAt(stage, point) {
  stage.told = false;
  stage.hoverPoint = point;
  invalidate(stage, { hover: true });
}
