// What a person chose, by component key: it survives reruns and a visit to another page.

/** @import { Controls, EditedStage, Memory, Stage, StageWithObjects } from "../types.d.ts" */

/** @type {Map<string, Memory>} */
const memories = new Map();

/** @type {(key: string) => Memory} */
export function recall(key) {
  const memory = memories.get(key) ?? freshMemory();
  memories.set(key, memory);
  return memory;
}

/** @type {() => Memory} */
function freshMemory() {
  return {
    hint: null,
    selections: 0,
    hiddenLevels: new Set(),
    classShown: new Map(),
    tried: null,
    playback: { on: false, step: 0 },
    chosen: 0,
    editing: {
      on: false,
      photoId: null,
      revision: null,
      past: [],
      future: [],
      nextId: 0,
      last: "",
    },
    controls: {
      image: true,
      proposals: true,
      suppressed: false,
      candidates: false,
      offsets: false,
      objects: true,
      anchors: "off",
      cellLevel: 0,
      heatLevel: "off",
      heatShape: "max",
      colourBy: "score",
      minScore: 0,
      topN: 20,
    },
  };
}

// A hint sets the layers once; after that the person's switches stand until the hint changes.
/** @type {Record<string, Partial<Controls>>} */
const HINTS = {
  proposals: { proposals: true },
  anchors: { anchors: "sampled", colourBy: "level" },
  before_nms: { candidates: true, colourBy: "fate", topN: 300 },
  suppressed: { proposals: true, suppressed: true, colourBy: "fate", topN: 200 },
  heat: { heatLevel: "max" },
  offsets: { proposals: true, offsets: true, topN: 20 },
  classes: { anchors: "all", colourBy: "class" },
  values: { anchors: "all", colourBy: "value" },
  nms: { proposals: true, suppressed: true, colourBy: "fate", topN: 60 },
};

/** @type {(memory: Memory, hint: string) => void} */
export function applyHint(memory, hint) {
  if (memory.hint === hint) return;
  memory.hint = hint;
  const off = { proposals: false, suppressed: false, candidates: false, offsets: false };
  Object.assign(memory.controls, off, { anchors: "off", heatLevel: "off" }, HINTS[hint] ?? {});
}

/** @type {(stage: Stage) => stage is StageWithObjects} */
export function hasObjects({ objects }) {
  return objects !== null;
}

/** @type {(stage: Stage) => stage is EditedStage} */
export function isEditing({ objects, memory }) {
  return Boolean(objects?.editable && memory.editing.on);
}

/** @type {(stage: Stage) => stage is StageWithObjects} */
export function showsObjects(stage) {
  return isEditing(stage) || (hasObjects(stage) && stage.memory.controls.objects);
}
