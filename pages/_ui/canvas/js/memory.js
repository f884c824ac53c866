// What a person chose, by component key: it survives reruns and a visit to another page.

const memories = new Map();

function recall(key) {
  if (!memories.has(key)) {
    memories.set(key, {
      hint: null,
      selections: 0,
      hiddenLevels: new Set(),
      classShown: new Map(), // by name, where a person chose
      tried: null, // a threshold of NMS that is tried on the canvas: { percent, inForce }
      playback: { on: false, step: 0 },
      chosen: 0, // number of the last box that the page selected here
      editing: { on: false, photoId: null, revision: null, past: [], future: [], nextId: 0 },
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
    });
  }
  return memories.get(key);
}

// A hint sets the layers once; after that the person's switches stand until the hint changes.
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

function applyHint(memory, hint) {
  if (memory.hint === hint) return;
  memory.hint = hint;
  const off = { proposals: false, suppressed: false, candidates: false, offsets: false };
  Object.assign(memory.controls, off, { anchors: "off", heatLevel: "off" }, HINTS[hint] ?? {});
}
