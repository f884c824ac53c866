// The bar that plays NMS.

/** @import { Bar, Scene, Stage } from "../types.d.ts" */

import { findAll } from "../../../scripts/dom.js";
import { tr } from "../../../scripts/words.js";
import { tryThreshold } from "../scene/survival.js";
import { selectionOf } from "../stage/selection.js";
import { createBar } from "./bar.js";
import { stepWords } from "./step_words.js";
import { stepOf, stepsOf } from "./steps.js";

const PLAY_MS = 450;

const PLAYBACK_BAR = `
  <div class="nmsbar playbar" role="group" data-label="playbar">
    <button type="button" class="chip" data-play="on" data-label="playback"></button>
    <span class="group playing">
      <button type="button" class="chip" data-play="first" data-label="playFirst">|◀</button>
      <button type="button" class="chip" data-play="back" data-label="playBack">◀</button>
      <button type="button" class="chip" data-play="run"></button>
      <button type="button" class="chip" data-play="next" data-label="playNext">▶</button>
      <input type="range" data-play="range" data-label="playRange" min="0" step="1">
      <button type="button" class="chip" data-play="jump" data-label="playJump"></button>
    </span>
    <span class="playing" data-play="words"></span>
  </div>`;

/** @type {(after: Element) => Bar} */
export function createPlayBar(after) {
  return createBar(after, "data-play", PLAYBACK_BAR);
}

/** @type {(stage: Stage) => void} */
export function wirePlayback(stage) {
  const { button, range } = stage.playBar;
  /** @type {(by: number) => void} */
  const move = (by) => {
    stopPlaying(stage);
    goToStep(stage, stage.memory.playback.step + by);
  };
  const actions = {
    on: () => setPlayback(stage, !stage.memory.playback.on),
    first: () => move(-Infinity),
    back: () => move(-1),
    next: () => move(1),
    run: () => (stage.playing ? stopPlaying(stage) : playOn(stage)),
    jump: () => jumpToSelected(stage),
  };
  for (const [name, act] of Object.entries(actions)) button(name).addEventListener("click", act);
  range.addEventListener("input", () => {
    stopPlaying(stage);
    goToStep(stage, Number(range.value));
  });
}

/** @type {(stage: Stage, on: boolean) => void} */
function setPlayback(stage, on) {
  const { scene, memory } = stage;
  memory.playback.on = on;
  stopPlaying(stage);
  memory.tried = null;
  if (scene.survival) tryThreshold(scene, null);
  stage.refresh();
}

/** @type {(stage: Stage) => void} */
export function stopPlaying(stage) {
  clearTimeout(stage.playing);
  stage.playing = 0;
  renderRun(stage);
}

/** @type {(stage: Stage) => void} */
function playOn(stage) {
  const { playback } = stage.memory;
  if (playback.step >= lastStep(stage.scene)) goToStep(stage, 0);
  const again = () => {
    goToStep(stage, stage.memory.playback.step + 1);
    const more = stage.memory.playback.step < lastStep(stage.scene);
    stage.playing = more ? setTimeout(again, PLAY_MS) : 0;
    renderRun(stage);
  };
  stage.playing = setTimeout(again, PLAY_MS);
  renderRun(stage);
}

/** @type {(scene: Scene) => number} */
function lastStep(scene) {
  return scene.survival ? Math.max(0, stepsOf(scene).length - 1) : 0;
}

/** @type {(stage: Stage, step: number) => void} */
function goToStep(stage, step) {
  stage.memory.playback.step = Math.max(0, Math.min(lastStep(stage.scene), step));
  stage.refresh();
}

// The step of a survivor is its own; of a suppressed box it is its suppressor's.
/** @type {(stage: Stage) => void} */
function jumpToSelected(stage) {
  const { scene, memory } = stage;
  const step = stepOf(scene, selectionOf(stage)?.anchor);
  if (step < 0) return;
  stopPlaying(stage);
  memory.playback.on = true;
  goToStep(stage, step);
}

/** @type {(stage: Stage) => void} */
export function receivePlayback(stage) {
  const { scene, memory } = stage;
  if (!scene.survival) {
    memory.playback.on = false;
    stopPlaying(stage);
  } else {
    memory.playback.step = Math.min(memory.playback.step, lastStep(scene));
  }
}

/** @type {(stage: Stage) => void} */
function renderRun(stage) {
  stage.playBar.button("run").textContent = stage.playing ? tr("Pause") : tr("Play");
}

/** @type {(stage: Stage) => void} */
export function renderPlayback(stage) {
  const { bar, button, part, range } = stage.playBar;
  const { scene, memory } = stage;
  const { on, step } = memory.playback;
  bar.hidden = !scene.survival || scene.survival.order.length === 0;
  if (!scene.survival || bar.hidden) return;
  button("on").setAttribute("aria-pressed", String(on));
  button("jump").disabled = stepOf(scene, selectionOf(stage)?.anchor) < 0;
  for (const element of findAll(bar, ".playing", HTMLElement)) element.hidden = !on;
  renderRun(stage);
  if (!on) return;
  const last = stepsOf(scene).length - 1;
  range.max = String(last);
  range.value = String(step);
  button("back").disabled = button("first").disabled = step === 0;
  button("next").disabled = step === last;
  part("words").textContent = stepWords(scene, step);
}
