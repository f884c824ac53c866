// What was painted, readable from outside: for tests and for measuring.

/** @import { Place, Stage } from "./types.d.ts" */

import { thresholdShown } from "./nms/survival_bar.js";
import { boxesAsText } from "./objects/list.js";
import { getPhoto } from "./scene/photos.js";
import { selectionOf } from "./stage/selection.js";

/** @type {(stage: Stage, place: Place) => void} */
export function tell(stage, place) {
  const { root, scene, filtered, anchorLayer, memory } = stage;
  const selection = selectionOf(stage);
  Object.assign(root.dataset, {
    shown: filtered.shown.length,
    total: filtered.total,
    anchorsShown: anchorLayer.shown.length,
    scale: place.scale,
    zoom: stage.group.view.zoom,
    left: place.left,
    top: place.top,
    payloadId: scene.id,
    photo: getPhoto(scene.photoId) ? "ready" : "waiting",
    selected: selection?.anchor ?? "",
    cell: selection?.cell?.join(",") ?? "",
    object: selection?.object ?? "",
    objects: toldObjects(stage),
    pending: stage.waitingFor ?? "", // an edit that the page has not yet received
    kept: scene.scored ? scene.kept.length : 0,
    nmsThresh: scene.survival ? thresholdShown(stage, scene.survival) : "",
    step: memory.playback.on ? memory.playback.step : "",
  });
  afterPaint(() => (root.dataset.paintedAt = String(performance.now())));
}

// As text only when they changed: this runs in every frame.
/** @type {(stage: Stage) => string} */
function toldObjects(stage) {
  const list = stage.objects?.list ?? null;
  if (stage.toldList !== list) stage.toldText = boxesAsText(list ?? []);
  stage.toldList = list;
  return stage.toldText;
}

// A message posted from a frame arrives after that frame was handed to the compositor.
/** @type {(then: () => void) => void} */
function afterPaint(then) {
  const channel = new MessageChannel();
  channel.port1.onmessage = then;
  channel.port2.postMessage(null);
}
