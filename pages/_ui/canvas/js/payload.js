// From bytes to a scene: the inverse of payload.py, and the arithmetic that need not travel.

const FATE_SUPPRESSED = 4;
const FATE_BEYOND = 5;
const FATE_KEPT = 6;

// { header, photoBytes }; its arrays are kept with all others.
function parsePayload(data) {
  const words = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (new TextDecoder().decode(data.subarray(0, 4)) !== "RPN1") {
    throw new Error("The canvas got data in a form that it does not know.");
  }
  const headerLength = words.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(data.subarray(8, 8 + headerLength)));
  const at = receiveArrays(data, 8 + headerLength, header.arrays);
  const photoBytes = header.photoBytes ? data.slice(at, at + header.photoBytes) : null;
  return { header, photoBytes };
}

// What a header describes, or null when an array that it needs is not here.
function sceneOf(header) {
  const arrays = findArrays(header.arrays);
  return arrays && buildScene(header, arrays);
}

const wordsKept = new Map(); // id -> what a language says, for as long as the page lives

// Speak the language of a payload; false when its words are not here.
function receiveWords({ words, sentWords }) {
  if (sentWords) wordsKept.set(words, sentWords);
  const known = words === null ? null : wordsKept.get(words);
  if (known !== undefined) wordsInForce = known;
  return known !== undefined;
}

function buildScene(header, arrays) {
  const { anchors, levelOf, levels } = laidAnchors(header.levels, header.anchors);
  const scene = {
    id: header.payloadId,
    layout: header.layout,
    photoId: header.photoId,
    originalHw: header.originalHw,
    imageHw: header.imageHw,
    palette: header.palette,
    note: header.scoreNote,
    count: header.anchors,
    anchors,
    levelOf,
    levels,
    scored: Boolean(arrays.logits),
    objects: header.objects ?? null,
    classes: null,
    values: null,
    survival: null,
  };
  receiveClasses(scene, header, arrays);
  if (!scene.scored) return scene;
  const { logits, decoded, fate, kept } = arrays;
  return Object.assign(scene, {
    logits,
    decoded,
    fate,
    kept,
    ...suppressions(header.anchors, arrays),
    boxes: derive(decoded, `clipped to ${header.imageHw}`, () => clipBoxes(decoded, header.imageHw)),
    scores: derive(logits, "scores", () => logits.map((logit) => 1 / (1 + Math.exp(-logit)))),
    rankOf: derive(kept, "ranks", ranks),
    candidates: null,
    survival: survivalOf(header, arrays),
  });
}

// By whom each anchor was suppressed, -1 for nobody, and at which IoU.
function suppressions(count, { suppressed, suppressor, suppressorIou }) {
  const suppressedBy = new Int32Array(count).fill(-1);
  const suppressedIou = new Float32Array(count);
  suppressed.forEach((anchor, i) => {
    suppressedBy[anchor] = suppressor[i];
    suppressedIou[anchor] = suppressorIou[i];
  });
  return { suppressedBy, suppressedIou };
}

const LAID_KEPT = 4; // two canvases side by side, each before and after a change
const laidBefore = new Map(); // levels -> their anchors, least recently used first

// The anchors of these levels: those laid before, where the levels are the same.
function laidAnchors(levels, count) {
  const key = JSON.stringify([levels, count]);
  const laid = laidBefore.get(key) ?? layAnchors(levels, count);
  laidBefore.delete(key);
  laidBefore.set(key, laid);
  if (laidBefore.size > LAID_KEPT) laidBefore.delete(laidBefore.keys().next().value);
  return laid;
}

// Anchors in the order of rpn_core.anchors.lay: level, row, column, shape. Math.fround after each
// step, because the core computes in float32.
function layAnchors(levels, count) {
  const anchors = new Float32Array(count * 4);
  const levelOf = new Uint8Array(count);
  const laid = [];
  let index = 0;
  levels.forEach((level, number) => {
    const [rows, columns] = level.gridHw;
    laid.push({ ...level, start: index, shapes: level.cellAnchors.length });
    for (let y = 0; y < rows; y += 1) {
      const pointY = Math.fround(Math.fround(y + Math.fround(level.offset)) * level.strideHw[0]);
      for (let x = 0; x < columns; x += 1) {
        const pointX = Math.fround(Math.fround(x + Math.fround(level.offset)) * level.strideHw[1]);
        for (const shape of level.cellAnchors) {
          anchors[index * 4] = pointX + shape[0];
          anchors[index * 4 + 1] = pointY + shape[1];
          anchors[index * 4 + 2] = pointX + shape[2];
          anchors[index * 4 + 3] = pointY + shape[3];
          levelOf[index] = number;
          index += 1;
        }
      }
    }
  });
  return { anchors, levelOf, levels: laid };
}

function clipBoxes(decoded, [height, width]) {
  const boxes = new Float32Array(decoded.length);
  for (let i = 0; i < decoded.length; i += 1) {
    const limit = i % 2 === 0 ? width : height;
    boxes[i] = Math.min(limit, Math.max(0, decoded[i]));
  }
  return boxes;
}

// From anchor to its place among the proposals, best first.
function ranks(kept) {
  const rankOf = new Map();
  kept.forEach((anchor, rank) => rankOf.set(anchor, rank));
  return rankOf;
}

// Every box that entered NMS, best score first; sorted only when a layer asks for it.
function candidatesOf(scene) {
  if (!scene.candidates) {
    const found = [];
    scene.fate.forEach((fate, anchor) => {
      if (fate >= FATE_SUPPRESSED && fate <= FATE_KEPT) found.push(anchor);
    });
    const { logits } = scene;
    scene.candidates = Int32Array.from(found).sort((a, b) => logits[b] - logits[a] || a - b);
  }
  return scene.candidates;
}

function addressOf(scene, anchor) {
  const level = scene.levelOf[anchor];
  const { gridHw, shapes, start } = scene.levels[level];
  const inLevel = anchor - start;
  const cell = Math.floor(inLevel / shapes);
  return { level, y: Math.floor(cell / gridHw[1]), x: cell % gridHw[1], shape: inLevel % shapes };
}

function anchorsOfCell(scene, [level, y, x]) {
  const { gridHw, shapes, start } = scene.levels[level];
  const first = start + (y * gridHw[1] + x) * shapes;
  return Array.from({ length: shapes }, (_, shape) => first + shape);
}

// The cell of a level under a point of the network input, or null outside of the grid.
function cellAt(scene, level, px, py) {
  const { gridHw, strideHw } = scene.levels[level];
  const y = Math.floor(py / strideHw[0]);
  const x = Math.floor(px / strideHw[1]);
  const inside = y >= 0 && x >= 0 && y < gridHw[0] && x < gridHw[1];
  return inside ? [level, y, x] : null;
}
