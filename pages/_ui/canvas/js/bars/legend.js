// What the lines mean, in words beside a sample of each.

/**
 * @import { Classes, ColourBy, Controls, Memory, ObjectKind, ObjectsHere, Palette, Stage, Values } from "../types.d.ts"
 */

import { find } from "../../../scripts/dom.js";
import { number, tr } from "../../../scripts/words.js";
import { levelColour, levelWidth } from "../drawing/palette.js";
import { casedSample, lineSample, scaleSample } from "../drawing/samples.js";
import { DASHED, DASHED_OF_CLASS } from "../drawing/strokes.js";
import { objectLine } from "../objects/drawing.js";
import { stateOf } from "../objects/places.js";
import { isClassShown } from "../scene/classes.js";
import { colouring, tellsOfAnchors } from "../scene/colouring.js";
import { FATE_BEYOND, FATE_KEPT, FATE_SUPPRESSED } from "../scene/fates.js";
import { showsObjects } from "../stage/memory.js";
import { brief } from "../words/format.js";

/** @type {(...parts: (Node | string)[]) => HTMLElement} */
function legendItem(...parts) {
  const item = document.createElement("span");
  item.append(...parts);
  return item;
}

/** @type {(classes: Classes, memory: Memory) => HTMLElement[]} */
function classItems({ styles, counts }, memory) {
  const shown = styles.map((style, kind) => ({ style, count: counts[kind] }));
  return shown
    .filter(({ style, count }) => count > 0 && isClassShown(memory, style))
    .map(({ style, count }) => {
      const sample = lineSample(style.colour, style.width, count > DASHED_OF_CLASS ? [] : style.dash);
      return legendItem(sample, tr("{name}: {count}", { name: style.name, count: number(count) }));
    });
}

/** @type {(values: Values) => HTMLElement} */
function valueItem(values) {
  if (!values.limits) return legendItem(tr("{name}: no anchor has one", { name: values.name }));
  const [low, high] = values.limits.map(brief);
  const end = `${high} ${values.unit}`.trim();
  return legendItem(`${values.name} ${low}`, scaleSample(values.stops), end);
}

/** @type {(palette: Palette, objects: ObjectsHere) => HTMLElement[]} */
function objectItems(palette, { list, states }) {
  /** @type {Map<string, ObjectKind>} */
  const lines = new Map();
  for (const object of list) {
    const { crowd } = object;
    const state = stateOf(states, object)?.name;
    const kind = JSON.stringify([state, crowd]);
    const line = objectLine(palette, states, object);
    const known = lines.get(kind) ?? { line, state, crowd, count: 0 };
    lines.set(kind, { ...known, count: known.count + 1 });
  }
  return [...lines.values()].map((kind) => legendItem(casedSample(kind.line), objectWords(kind)));
}

/** @type {(kind: ObjectKind) => string} */
function objectWords({ state, crowd, count }) {
  const facts = { state: state ?? "", count: number(count) };
  if (state && crowd) return tr("object, {state}, crowd: {count}", facts);
  if (state) return tr("object, {state}: {count}", facts);
  return crowd ? tr("object, crowd: {count}", facts) : tr("object: {count}", facts);
}

/** @type {(controls: Controls, colourBy: ColourBy) => number[]} */
function fatesShown(controls, colourBy) {
  if (colourBy === "fate" && controls.anchors !== "off") return [6, 5, 4, 3, 2, 1, 0];
  if (controls.candidates) return [FATE_KEPT, FATE_SUPPRESSED, FATE_BEYOND];
  return [
    ...(controls.proposals ? [FATE_KEPT] : []),
    ...(controls.suppressed ? [FATE_SUPPRESSED] : []),
  ];
}

/** @type {(stage: Stage) => void} */
export function renderLegend(stage) {
  const element = find(stage.root, ".legend", HTMLElement);
  const { scene, memory, filtered } = stage;
  const { controls } = memory;
  const { palette } = scene;
  const items = [];
  if (showsObjects(stage)) items.push(...objectItems(palette, stage.objects));
  const colourBy = colouring(scene, controls);
  if (colourBy === "score" || controls.heatLevel !== "off") {
    items.push(legendItem(tr("score 0"), scaleSample(palette.scores), "1"));
  }
  if (colourBy === "class" && scene.classes) items.push(...classItems(scene.classes, memory));
  if (colourBy === "value" && scene.values) items.push(valueItem(scene.values));
  if (colourBy === "level") {
    scene.levels.forEach(({ name }, level) => {
      items.push(legendItem(lineSample(levelColour(palette, level), levelWidth(level), []), name));
    });
  }
  const ink = getComputedStyle(element).color;
  if (scene.scored) {
    const dashed = filtered.shown.length <= DASHED;
    for (const fate of fatesShown(controls, colourBy)) {
      const { colour, width, dash, name } = palette.fates[fate];
      const sample = lineSample(colourBy === "fate" ? colour : ink, width, dashed ? dash : []);
      items.push(legendItem(sample, name));
    }
    if (controls.offsets) items.push(legendItem(lineSample(ink, 1, [2, 3]), tr("anchor → its box")));
  }
  if (!tellsOfAnchors(colourBy) && (controls.anchors === "sampled" || controls.anchors === "all")) {
    items.push(legendItem(lineSample(ink, 1, []), tr("thin: anchors")));
  }
  element.replaceChildren(...items);
}
