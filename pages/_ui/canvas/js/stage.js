// One canvas on the page that shows something: its state, and what follows from a change of it.

/** @import { Header, Memory, Scene, Stage } from "./types.d.ts" */

import { find } from "../../scripts/dom.js";
import { renderClasses, renderLevels } from "./bars/choices.js";
import { renderLegend } from "./bars/legend.js";
import { statusText } from "./bars/status.js";
import { renderEditing, renderToolbar, wireToolbar } from "./bars/toolbar.js";
import { heatLayer } from "./drawing/heat.js";
import { createLayers, sizeLayers } from "./drawing/layers.js";
import { wireGestures } from "./input/gestures.js";
import { wireKeyboard } from "./input/keyboard.js";
import { createPlayBar, renderPlayback, wirePlayback } from "./nms/playback.js";
import { playedBoxes } from "./nms/steps.js";
import { createSurvivalBar, renderSurvivalBar, wireSurvivalBar } from "./nms/survival_bar.js";
import { drawFrame } from "./picture.js";
import { filterBoxes } from "./scene/filters.js";
import { refreshCell } from "./stage/anchor_layer.js";
import { invalidate } from "./stage/frame.js";
import { speak } from "./stage/speech.js";
import { leaveViewGroup, viewGroupOf } from "./stage/view_groups.js";

const NARROW = 640; // CSS pixels

/** @type {(root: HTMLElement, send: Stage["send"], header: Header, scene: Scene, memory: Memory) => Stage} */
export function createStage(root, send, header, scene, memory) {
  const teardown = new AbortController();
  const { signal } = teardown;
  const nmsBar = createSurvivalBar(root);
  /** @type {Stage} */
  const stage = {
    root,
    base: find(root, ".base", HTMLCanvasElement),
    overlay: find(root, ".overlay", HTMLCanvasElement),
    tip: find(root, ".tip", HTMLElement),
    nmsBar,
    playBar: createPlayBar(nmsBar.bar),
    layers: createLayers(),
    signal,
    send,
    refresh: () => refresh(stage),
    draw: () => drawFrame(stage),
    destroy,
    scene,
    memory,
    group: viewGroupOf(header),
    objects: null,
    filtered: { shown: new Int32Array(0), total: 0 },
    anchorLayer: { shown: [], total: 0, asked: null },
    heat: null,
    width: 1,
    height: 1,
    ratio: 1,
    maxHeight: header.maxHeight,
    selection: null,
    beforeClick: null,
    hover: null,
    hoverPoint: null,
    told: false,
    tags: [],
    gesture: null,
    nudgedFrom: null,
    waitingFor: null,
    spaceHeld: false,
    frame: 0,
    stale: {},
    moving: false,
    settling: 0,
    sending: 0,
    speaking: 0,
    nudging: 0,
    playing: 0,
    labelledIn: undefined,
    levelSignature: "",
    classSignature: "",
    shapeSignature: "",
    status: "",
    toldList: null,
    toldText: "[]",
  };
  wireToolbar(stage);
  wireSurvivalBar(stage);
  wirePlayback(stage);
  wireGestures(stage);
  wireKeyboard(stage);
  const resized = new ResizeObserver(() => resize(stage));
  resized.observe(root);
  document.addEventListener("fullscreenchange", () => resize(stage), { signal });

  function destroy() {
    teardown.abort();
    leaveViewGroup(stage);
    resized.disconnect();
    cancelAnimationFrame(stage.frame);
    const { sending, settling, speaking, nudging, playing } = stage;
    for (const timer of [sending, settling, speaking, nudging, playing]) clearTimeout(timer);
  }
  return stage;
}

/** @type {(stage: Stage) => void} */
function refresh(stage) {
  const { scene, memory, root } = stage;
  stage.filtered = playedBoxes(stage) ?? filterBoxes(scene, memory.controls, memory.hiddenLevels);
  renderLevels(stage);
  renderClasses(stage);
  refreshCell(stage);
  renderToolbar(stage);
  renderSurvivalBar(stage);
  renderPlayback(stage);
  renderEditing(stage);
  renderLegend(stage);
  const status = statusText(stage);
  if (status !== stage.status) speak(stage, status);
  stage.status = status;
  find(root, ".status", HTMLElement).textContent = status;
  stage.heat = heatLayer(stage);
  invalidate(stage, { boxes: true });
}

/** @type {(stage: Stage) => void} */
export function resize(stage) {
  const { root, base, overlay, scene } = stage;
  const box = find(root, ".stage", HTMLElement);
  const full = document.fullscreenElement !== null && root.matches(":fullscreen");
  const [imageH, imageW] = scene.imageHw;
  root.classList.toggle("narrow", root.clientWidth < NARROW);
  const most = Math.min(stage.maxHeight, 0.8 * window.innerHeight);
  const height = Math.round(Math.max(200, Math.min(most, (box.clientWidth * imageH) / imageW)));
  box.style.height = full ? "" : `${height}px`;
  stage.width = box.clientWidth;
  stage.height = box.clientHeight;
  stage.ratio = window.devicePixelRatio || 1;
  const [w, h] = [stage.width, stage.height].map((side) => {
    return Math.max(1, Math.round(side * stage.ratio));
  });
  for (const canvas of [base, overlay]) {
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  }
  sizeLayers(stage, w, h);
  invalidate(stage, { boxes: true });
}
