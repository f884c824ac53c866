// What a payload brings to a canvas.

/** @import { Canvas, Header, Payload, Scene, Stage } from "./types.d.ts" */

import { find } from "../../scripts/dom.js";
import { renderLabels } from "./bars/labels.js";
import { describeSelected } from "./input/stepping.js";
import { receivePlayback } from "./nms/playback.js";
import { receiveSurvival } from "./nms/survival_bar.js";
import { receiveObjects } from "./objects/list.js";
import { receiveWords } from "./scene/payload.js";
import { decodePhoto, getPhoto, isDecoding } from "./scene/photos.js";
import { sceneOf } from "./scene/scene.js";
import { createStage, resize } from "./stage.js";
import { hoverAt, invalidate } from "./stage/frame.js";
import { applyHint, recall } from "./stage/memory.js";
import { select, selectionOf } from "./stage/selection.js";
import { joinViewGroup, stagesHere } from "./stage/view_groups.js";

// Whether everything that the payload names is here.
/** @type {(canvas: Canvas, payload: Payload) => boolean} */
export function receive(canvas, { header, photoBytes }) {
  const photoHere = receivePhoto(header.photoId, photoBytes);
  const wordsHere = receiveWords(header);
  const scene = sceneOf(header);
  if (!scene) return false; // what is shown stays until it has come
  const memory = recall(header.key);
  /** @type {Stage["send"]} */
  const send = (name, value) => canvas.component.setStateValue(name, value);
  canvas.stage ??= createStage(canvas.root, send, header, scene, memory);
  const { stage } = canvas;
  Object.assign(stage, { memory, scene, maxHeight: header.maxHeight, heat: null });
  show(stage, header, scene);
  return photoHere && wordsHere;
}

/** @type {(stage: Stage, header: Header, scene: Scene) => void} */
function show(stage, header, scene) {
  const { controls } = stage.memory;
  applyHint(stage.memory, header.viewHint);
  receiveObjects(stage);
  joinViewGroup(stage, header);
  renderLabels(stage);
  receiveSurvival(stage);
  receivePlayback(stage);
  if (!scene.scored && controls.anchors === "off") controls.anchors = "sampled";
  const note = find(stage.root, ".note", HTMLElement);
  note.textContent = scene.note;
  note.hidden = !scene.note;
  resize(stage);
  stage.refresh();
  if (stage.told && selectionOf(stage)) describeSelected(stage);
  else hoverAt(stage, stage.hoverPoint);
  receiveChosen(stage, header.chosen);
}

// A box that the page selected, once.
/** @type {(stage: Stage, chosen: Header["chosen"]) => void} */
function receiveChosen(stage, chosen) {
  if (!chosen || chosen.number === stage.memory.chosen) return;
  stage.memory.chosen = chosen.number;
  select(stage, { anchor: chosen.anchor, cell: null });
}

// Whether the photo is here or is being decoded.
/** @type {(id: string, bytes: Uint8Array<ArrayBuffer> | null) => boolean} */
function receivePhoto(id, bytes) {
  if (getPhoto(id) || isDecoding(id)) return true;
  if (!bytes) return false;
  decodePhoto(id, bytes).then(() => {
    for (const stage of stagesHere()) {
      if (stage.scene.photoId === id) invalidate(stage, { base: true });
    }
  });
  return true;
}
