// What a click means.

/** @import { Point, Scene, Stage } from "../types.d.ts" */

import { anchorsOfCell, cellAt } from "../scene/anchors.js";
import { nextOf } from "../scene/pick.js";
import { hoverAt } from "../stage/frame.js";
import { SEND_AFTER_MS, select, selectObject, selectionOf } from "../stage/selection.js";
import { toImage } from "../stage/view.js";
import { currentPlace } from "../stage/view_groups.js";
import { boxesUnder, objectsUnder } from "./under.js";

/** @type {(stage: Stage, point: Point) => void} */
export function clickAt(stage, { x, y }) {
  const { controls } = stage.memory;
  stage.beforeClick ??= { selection: stage.selection, anchors: controls.anchors };
  setTimeout(() => (stage.beforeClick = null), 2 * SEND_AFTER_MS);
  const place = currentPlace(stage);
  const [px, py] = toImage(place, x, y);
  const boxes = controls.anchors === "cell" ? [] : boxesUnder(stage, px, py, place).pile;
  const objects = objectsUnder(stage, { x, y }, place, boxes.length === 0);
  if (objects.length > 0) {
    selectObject(stage, nextOf(objects.map(({ id }) => id), selectionOf(stage)?.object));
  } else if (boxes.length > 0) {
    select(stage, { anchor: nextOf(boxes, selectionOf(stage)?.anchor), cell: null });
  } else {
    clickCell(stage, px, py);
  }
  hoverAt(stage, { x, y });
}

/** @type {(stage: Stage, px: number, py: number) => void} */
function clickCell(stage, px, py) {
  const { scene, memory } = stage;
  const [height, width] = scene.imageHw;
  const inside = px >= 0 && py >= 0 && px < width && py < height;
  const cell = inside ? cellAt(scene, memory.controls.cellLevel, px, py) : null;
  if (!cell) {
    if (selectionOf(stage)) select(stage, null);
    return;
  }
  const before = selectionOf(stage);
  const again = memory.controls.anchors === "cell" && String(before?.cell) === String(cell);
  memory.controls.anchors = "cell";
  const bySize = [...anchorsOfCell(scene, cell)].sort((a, b) => areaOf(scene, a) - areaOf(scene, b));
  select(stage, { anchor: again ? (nextOf(bySize, before?.anchor) ?? null) : null, cell });
}

/** @type {(scene: Scene, i: number) => number} */
function areaOf({ anchors }, i) {
  return (anchors[i * 4 + 2] - anchors[i * 4]) * (anchors[i * 4 + 3] - anchors[i * 4 + 1]);
}

// A double-click means "fit": its two clicks select nothing.
/** @type {(stage: Stage) => void} */
export function undoClick(stage) {
  if (!stage.beforeClick) return;
  clearTimeout(stage.sending);
  stage.selection = stage.beforeClick.selection;
  stage.memory.controls.anchors = stage.beforeClick.anchors;
  stage.beforeClick = null;
  stage.refresh();
}
