// What is told of the thing under the pointer.

/** @import { Hover, Place, Point, Stage } from "../types.d.ts" */

import { showIntent } from "../objects/drag.js";
import { describeObject } from "../objects/words.js";
import { cellAt } from "../scene/anchors.js";
import { hasObjects, isEditing } from "../stage/memory.js";
import { selectionOf } from "../stage/selection.js";
import { toImage } from "../stage/view.js";
import { describe, describeCell } from "../words/describe.js";
import { showTip } from "./tip.js";
import { boxesUnder, objectsUnder } from "./under.js";

/**
 * The thing, and what is told of it.
 *
 * @typedef {{ hover: Hover | null, lines: string[] | null }} Told
 */

/** @type {Told} */
const NOTHING = { hover: null, lines: null };

/** @type {(stage: Stage, place: Place) => void} */
export function resolveHover(stage, place) {
  const { hoverPoint, tip, width, height } = stage;
  stage.hover = null;
  if (isEditing(stage)) {
    tip.hidden = true;
    if (!stage.gesture) showIntent(stage, hoverPoint);
    return;
  }
  if (stage.told) return;
  const { hover, lines } = hoverPoint ? thingAt(stage, hoverPoint, place) : NOTHING;
  stage.hover = hover;
  if (hoverPoint && lines) showTip(tip, lines, hoverPoint.x, hoverPoint.y, width, height);
  else tip.hidden = true;
}

/** @type {(stage: Stage, point: Point, place: Place) => Told} */
function thingAt(stage, point, place) {
  const { scene, memory } = stage;
  const [px, py] = toImage(place, point.x, point.y);
  const { pile, asAnchor } = boxesUnder(stage, px, py, place);
  const [object] = objectsUnder(stage, point, place, pile.length === 0);
  if (object && hasObjects(stage)) {
    return { hover: { object: object.id }, lines: describeObject(stage, object) };
  }
  if (memory.controls.anchors === "cell") {
    const cell = cellAt(scene, memory.controls.cellLevel, px, py);
    return cell ? { hover: { cell }, lines: describeCell(scene, cell) } : NOTHING;
  }
  if (pile.length === 0) return NOTHING;
  const chosen = selectionOf(stage)?.anchor ?? pile[0];
  const anchor = pile.includes(chosen) ? chosen : pile[0];
  return { hover: { anchor, asAnchor }, lines: describe(scene, anchor, asAnchor) };
}
