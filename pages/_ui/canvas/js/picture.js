// One frame of a canvas.

/** @import { Place, Stage } from "./types.d.ts" */

import { penOf } from "../../scripts/dom.js";
import { drawLayers, placeLayers } from "./drawing/layers.js";
import { drawCell, drawOffsets, drawSelected, outline, rectOnStage } from "./drawing/overlay.js";
import { resolveHover } from "./input/hover.js";
import { drawPlayback } from "./nms/step_drawing.js";
import { drawObjects } from "./objects/drawing.js";
import { boxesOf } from "./scene/scene.js";
import { pinnedCell } from "./stage/anchor_layer.js";
import { showsObjects } from "./stage/memory.js";
import { selectionOf } from "./stage/selection.js";
import { currentPlace } from "./stage/view_groups.js";
import { tell } from "./told.js";

/** @type {(stage: Stage) => void} */
export function drawFrame(stage) {
  stage.frame = 0;
  const { stale } = stage;
  if (stage.width < 2) return;
  stage.stale = {};
  const place = currentPlace(stage);
  if (stale.hover) resolveHover(stage, place);
  if (stale.boxes || stale.base || stale.moving) {
    drawLayers(stage, place);
    const { base } = stage;
    const context = penOf(base);
    context.clearRect(0, 0, base.width, base.height);
    placeLayers(context, stage, place);
  }
  drawOverlay(stage, place);
  tell(stage, place);
}

/** @type {(stage: Stage, place: Place) => void} */
function drawOverlay(stage, place) {
  const { overlay, scene, memory, filtered, hover, ratio } = stage;
  const context = penOf(overlay);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, overlay.width, overlay.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { controls } = memory;
  if (scene.scored && scene.grid && controls.offsets) drawOffsets(context, scene, filtered.shown, place);
  if (showsObjects(stage)) drawObjects(context, stage, place);
  drawPlayback(context, stage, place);
  const pinned = controls.anchors === "cell" && pinnedCell(stage);
  if (pinned) drawCell(context, scene, pinned, place, "#ffffff");
  if (hover?.cell) drawCell(context, scene, hover.cell, place, "#f0e442");
  if (hover?.anchor !== undefined) {
    const coords = hover.asAnchor ? scene.anchors : boxesOf(scene);
    outline(context, rectOnStage(coords, hover.anchor, place), "#f0e442", 2.5);
  }
  const chosen = selectionOf(stage)?.anchor;
  if (chosen !== null && chosen !== undefined) drawSelected(context, scene, chosen, place);
}
