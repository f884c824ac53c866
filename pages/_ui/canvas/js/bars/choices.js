// Choices that follow from the scene: its levels, shapes and classes. Each is built again only when
// these change.

/** @import { Level, Stage } from "../types.d.ts" */

import { find } from "../../../scripts/dom.js";
import { number, tr } from "../../../scripts/words.js";
import { lineSample } from "../drawing/samples.js";
import { isClassShown } from "../scene/classes.js";
import { sidesOf } from "../words/describe.js";
import { capital, fixed } from "../words/format.js";

/** @type {(stage: Stage) => void} */
export function renderLevels(stage) {
  const { root, scene, memory } = stage;
  const signature = JSON.stringify(scene.levels.map((level) => [level.name, level.sizeRatio]));
  if (stage.levelSignature === signature) return;
  stage.levelSignature = signature;
  const { controls, hiddenLevels } = memory;
  /** @type {[string, string][]} */
  const names = scene.levels.map(({ name }, i) => [String(i), name]);
  fillSelect(root, "cellLevel", names);
  fillSelect(root, "heatLevel", [["off", tr("off")], ["max", tr("best of all")], ...names]);
  if (controls.cellLevel >= names.length) controls.cellLevel = 0;
  if (Number(controls.heatLevel) >= names.length) controls.heatLevel = "max";
  for (const level of hiddenLevels) if (level >= names.length) hiddenLevels.delete(level);
  const boxes = scene.levels.map(({ name, strideHw }, level) => {
    const { label, box } = checkbox(!hiddenLevels.has(level), (checked) => {
      hiddenLevels[checked ? "delete" : "add"](level);
      stage.refresh();
    });
    box.dataset.level = String(level);
    label.title = tr("Show boxes of {name}, stride {stride}", { name, stride: fixed(strideHw[0]) });
    label.append(name);
    return label;
  });
  find(root, ".levels", HTMLElement).replaceChildren(titled(tr("Levels")), ...boxes);
}

// Switches of the classes, with a sample of each line.
/** @type {(stage: Stage) => void} */
export function renderClasses(stage) {
  const { root, scene, memory } = stage;
  const group = find(root, ".classes", HTMLElement);
  group.hidden = !scene.classes;
  const signature = JSON.stringify(scene.classes);
  if (stage.classSignature === signature) return;
  stage.classSignature = signature;
  if (!scene.classes) return;
  const { name, styles, counts } = scene.classes;
  const boxes = styles.map((style, kind) => {
    const { label, box } = checkbox(isClassShown(memory, style), (checked) => {
      memory.classShown.set(style.name, checked);
      stage.refresh();
    });
    box.dataset.kind = String(kind);
    const count = document.createElement("output");
    count.textContent = number(counts[kind]);
    label.append(lineSample(style.colour, style.width, style.dash), style.name, count);
    return label;
  });
  group.setAttribute("aria-label", capital(name));
  group.replaceChildren(titled(capital(name)), ...boxes);
}

/** @type {(stage: Stage, level: Level | undefined) => void} */
export function renderShapes(stage, level) {
  const signature = JSON.stringify(level ? [level.sizeRatio, level.cellAnchors] : null);
  if (stage.shapeSignature === signature) return;
  stage.shapeSignature = signature;
  const { sizeRatio, cellAnchors } = level ?? { sizeRatio: [], cellAnchors: [] };
  /** @type {[string, string][]} */
  const shapes = sizeRatio.map(([size, ratio], i) => {
    const facts = { size: fixed(size), ratio: fixed(ratio, 2), ...sidesOf(cellAnchors[i]) };
    return [String(i), tr("{size} px, h/w {ratio}: {width} × {height} px", facts)];
  });
  const { controls } = stage.memory;
  if (Number(controls.heatShape) >= shapes.length) controls.heatShape = "max";
  fillSelect(stage.root, "heatShape", [["max", tr("best of all")], ...shapes]);
}

/** @type {(root: HTMLElement, name: string, options: [string, string][]) => void} */
function fillSelect(root, name, options) {
  const select = find(root, `[data-select="${name}"]`, HTMLSelectElement);
  select.replaceChildren(...options.map(([value, words]) => new Option(words, value)));
}

/** @type {(checked: boolean, change: (checked: boolean) => void) => Record<"label" | "box", HTMLElement>} */
function checkbox(checked, change) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", checked });
  box.addEventListener("change", () => change(box.checked));
  label.append(box);
  return { label, box };
}

/** @type {(words: string) => HTMLElement} */
function titled(words) {
  const title = document.createElement("span");
  title.textContent = words;
  return title;
}
