// The slider that tries thresholds of NMS, with the number of survivors as a curve behind it.

/** @import { Bar, Stage, Survival } from "../types.d.ts" */

import { find } from "../../../scripts/dom.js";
import { ntr, number, tr } from "../../../scripts/words.js";
import { FATE_SUPPRESSED } from "../scene/fates.js";
import { tryThreshold } from "../scene/survival.js";
import { fixed } from "../words/format.js";
import { createBar } from "./bar.js";
import { stopPlaying } from "./playback.js";
import { drawCurve } from "./survival_curve.js";

const SURVIVAL_BAR = `
  <div class="nmsbar" role="group" data-label="nms">
    <label><span data-label="nmsRange"></span> <output data-nms="value"></output>
      <span class="nmscurve">
        <canvas data-nms="curve" aria-hidden="true"></canvas>
        <input type="range" data-nms="range" min="0" max="100" step="1">
      </span>
    </label>
    <span data-nms="words"></span>
    <button type="button" class="chip" data-nms="use"></button>
    <button type="button" class="chip" data-nms="back"></button>
  </div>`;

/** @type {(root: HTMLElement) => Bar} */
export function createSurvivalBar(root) {
  return createBar(find(root, ".bar", HTMLElement), "data-nms", SURVIVAL_BAR);
}

/** @type {(stage: Stage) => void} */
export function wireSurvivalBar(stage) {
  const { button, range } = stage.nmsBar;
  range.addEventListener("input", () => tryPercent(stage, Number(range.value)));
  button("back").addEventListener("click", () => {
    tryPercent(stage, null);
    range.focus();
  });
  button("use").addEventListener("click", () => {
    const { memory } = stage;
    if (memory.tried) {
      memory.selections += 1;
      stage.send("nms_thresh", { percent: memory.tried.percent, number: memory.selections });
    }
    range.focus();
  });
}

/** @type {(stage: Stage, percent: number | null) => void} */
function tryPercent(stage, percent) {
  const { scene, memory } = stage;
  if (!scene.survival) return;
  const inForce = scene.survival.threshold;
  memory.tried = percent === null || percent / 100 === inForce ? null : { percent, inForce };
  memory.playback.on = false;
  stopPlaying(stage);
  tryThreshold(scene, memory.tried?.percent ?? null);
  stage.refresh();
}

// What was being tried stays while everything else changes, until another one is in force.
/** @type {(stage: Stage) => void} */
export function receiveSurvival({ scene, memory }) {
  if (memory.tried?.inForce !== scene.survival?.threshold) memory.tried = null;
  if (scene.survival) tryThreshold(scene, memory.tried?.percent ?? null);
}

/** @type {(stage: Stage, survival: Survival) => number} */
export function thresholdShown({ memory }, survival) {
  return memory.tried ? memory.tried.percent / 100 : survival.threshold;
}

/** @type {(stage: Stage) => void} */
export function renderSurvivalBar(stage) {
  const { bar, button, part, range } = stage.nmsBar;
  const { scene, memory } = stage;
  bar.hidden = !scene.survival;
  if (!scene.survival) return;
  const { threshold, order, ledger, counts } = scene.survival;
  const now = thresholdShown(stage, scene.survival);
  range.value = String(Math.round(now * 100));
  range.setAttribute("aria-valuetext", tr("IoU {iou}", { iou: fixed(now, 3) }));
  part("value").textContent = fixed(now, 3);
  const lost = order.filter((anchor) => scene.fate[anchor] === FATE_SUPPRESSED).length;
  const kept = scene.kept.length;
  const change = memory.tried ? kept - ledger.kept.length : 0;
  part("words").textContent = survivalWords(order.length, number(lost), number(kept), change);
  button("use").hidden = button("back").hidden = !memory.tried;
  button("use").textContent = tr("Use {iou}", { iou: fixed(now, 3) });
  button("back").textContent = tr("Back to {iou}", { iou: fixed(threshold, 3) });
  drawCurve(find(bar, "canvas", HTMLCanvasElement), counts, now);
}

/** @type {(entered: number, suppressed: string, kept: string, difference: number) => string} */
function survivalWords(entered, suppressed, kept, difference) {
  if (!difference) {
    return ntr(
      "{count} box in, {suppressed} suppressed, {kept} kept",
      "{count} boxes in, {suppressed} suppressed, {kept} kept",
      entered,
      { suppressed, kept },
    );
  }
  const change = `${difference > 0 ? "+" : "−"}${number(Math.abs(difference))}`;
  return ntr(
    "{count} box in, {suppressed} suppressed, {kept} kept ({change})",
    "{count} boxes in, {suppressed} suppressed, {kept} kept ({change})",
    entered,
    { suppressed, kept, change },
  );
}
