// The switches: from DOM to controls, and back.

/** @import { Choice, Stage, Switch } from "../types.d.ts" */

import { find, findAll } from "../../../scripts/dom.js";
import { number, tr } from "../../../scripts/words.js";
import { redo, removeSelected, setEditing, undo } from "../objects/editing.js";
import { colouring } from "../scene/colouring.js";
import { sliderFromTopN, topNFromSlider } from "../scene/filters.js";
import { hasObjects, isEditing } from "../stage/memory.js";
import { selectedObject } from "../stage/selection.js";
import { fitView } from "../stage/view_groups.js";
import { renderShapes } from "./choices.js";
import { editWords, lookWords } from "./labels.js";
import { downloadPng } from "./picture_file.js";

/** @type {(stage: Stage) => void} */
export function wireToolbar(stage) {
  const { root } = stage;
  for (const chip of chipsOf(root)) {
    chip.addEventListener("click", () => {
      const { controls } = stage.memory;
      controls[switchOf(chip)] = !controls[switchOf(chip)];
      stage.refresh();
    });
  }
  for (const select of selectsOf(root)) {
    select.addEventListener("change", () => choose(stage, nameOf(select), select.value));
  }
  const [minScore, topN] = [rangeOf(root, "minScore"), rangeOf(root, "topN")];
  minScore.addEventListener("input", () => {
    stage.memory.controls.minScore = Number(minScore.value);
    stage.refresh();
  });
  topN.addEventListener("input", () => {
    stage.memory.controls.topN = topNFromSlider(Number(topN.value), stage.filtered.total);
    stage.refresh();
  });
  const actions = {
    fit: () => fitView(stage),
    png: () => downloadPng(stage),
    full: () => toggleFullScreen(stage),
    edit: () => setEditing(stage, !isEditing(stage)),
    remove: () => hasObjects(stage) && removeSelected(stage),
    undo: () => hasObjects(stage) && undo(stage),
    redo: () => hasObjects(stage) && redo(stage),
    disclose: () => {
      const open = root.classList.toggle("open");
      actionOf(root, "disclose").setAttribute("aria-expanded", String(open));
    },
  };
  for (const [name, act] of Object.entries(actions)) {
    actionOf(root, name).addEventListener("click", act);
  }
  actionOf(root, "full").hidden = !document.fullscreenEnabled;
}

// What a select offers is what its control can be (canvas.html, choices.js).
/** @type {(stage: Stage, name: Choice, value: string) => void} */
function choose(stage, name, value) {
  const { controls } = stage.memory;
  if (name === "cellLevel") stage.selection = null;
  if (name === "heatLevel") controls.heatShape = "max";
  Object.assign(controls, { [name]: name === "cellLevel" ? Number(value) : value });
  stage.refresh();
}

/** @type {(stage: Stage) => void} */
function toggleFullScreen(stage) {
  if (document.fullscreenElement) document.exitFullscreen();
  else stage.root.requestFullscreen();
}

/** @type {(stage: Stage) => void} */
export function renderEditing(stage) {
  const { root, memory, objects } = stage;
  const on = isEditing(stage);
  root.classList.toggle("editing", on);
  find(root, ".editbar", HTMLElement).hidden = !objects?.editable;
  actionOf(root, "edit").setAttribute("aria-pressed", String(on));
  const { past, future } = memory.editing;
  const usable = { remove: selectedObject(stage), undo: past.length > 0, redo: future.length > 0 };
  for (const [name, can] of Object.entries(usable)) {
    const button = actionOf(root, name);
    button.hidden = !on;
    button.disabled = !can;
  }
  stage.overlay.setAttribute("aria-label", on ? editWords() : lookWords());
}

/** @type {(stage: Stage) => void} */
export function renderToolbar(stage) {
  const { root, scene, filtered } = stage;
  const { controls } = stage.memory;
  for (const part of findAll(root, "[data-scored]", HTMLElement)) {
    part.hidden = !scene.scored;
    if (part instanceof HTMLOptionElement) part.disabled = !scene.scored;
  }
  for (const part of findAll(root, "[data-grid]", HTMLElement)) {
    part.hidden = !scene.grid || ("scored" in part.dataset && !scene.scored);
  }
  for (const chip of chipsOf(root)) {
    chip.setAttribute("aria-pressed", String(controls[switchOf(chip)]));
    if (switchOf(chip) === "objects") chip.hidden = !scene.objects;
  }
  for (const { value, told } of [
    { value: "class", told: scene.classes },
    { value: "value", told: scene.values },
  ]) {
    const option = find(root, `option[value="${value}"]`, HTMLOptionElement);
    option.hidden = option.disabled = !told;
    if (told) option.textContent = told.name;
  }
  find(root, '[data-only="cell"]', HTMLElement).hidden =
    !scene.grid || controls.anchors !== "cell";
  const oneLevel = scene.levels[Number(controls.heatLevel)];
  find(root, '[data-only="heat"]', HTMLElement).hidden =
    !(scene.scored && scene.grid && oneLevel);
  renderShapes(stage, oneLevel);
  const chosen = { ...controls, colourBy: colouring(scene, controls) };
  for (const select of selectsOf(root)) select.value = String(chosen[nameOf(select)]);
  const all = controls.topN >= filtered.total;
  const topN = rangeOf(root, "topN");
  topN.value = String(sliderFromTopN(controls.topN, filtered.total));
  topN.setAttribute("aria-valuetext", sayValue(root, "topN", all ? tr("all") : number(controls.topN)));
  rangeOf(root, "minScore").value = String(controls.minScore);
  sayValue(root, "minScore", controls.minScore.toFixed(2));
}

/** @type {(root: HTMLElement, name: string, words: string) => string} */
function sayValue(root, name, words) {
  find(root, `[data-value="${name}"]`, HTMLElement).textContent = words;
  return words;
}

/** @type {(root: HTMLElement) => HTMLElement[]} */
function chipsOf(root) {
  return findAll(root, "[data-layer]", HTMLElement);
}

/** @type {(chip: HTMLElement) => Switch} */
function switchOf(chip) {
  return /** @type {Switch} */ (chip.dataset.layer);
}

/** @type {(root: HTMLElement) => HTMLSelectElement[]} */
function selectsOf(root) {
  return findAll(root, "[data-select]", HTMLSelectElement);
}

/** @type {(select: HTMLSelectElement) => Choice} */
function nameOf(select) {
  return /** @type {Choice} */ (select.dataset.select);
}

/** @type {(root: HTMLElement, name: string) => HTMLInputElement} */
function rangeOf(root, name) {
  return find(root, `[data-range="${name}"]`, HTMLInputElement);
}

/** @type {(root: HTMLElement, name: string) => HTMLButtonElement} */
function actionOf(root, name) {
  return find(root, `[data-act="${name}"]`, HTMLButtonElement);
}
