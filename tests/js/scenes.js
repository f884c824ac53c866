// A scene as a browser gets it: packed as payload.py packs it, and read by the canvas's own code.

import { parsePayload } from "../../pages/_ui/canvas/js/scene/payload.js";
import { sceneOf } from "../../pages/_ui/canvas/js/scene/scene.js";

const LINE = { colour: "#123456", dash: [], width: 2 };
const TYPES = new Map([[Float32Array, "f4"], [Int32Array, "i4"], [Uint8Array, "u1"]]);
let packed = 0;

// Two levels of one square anchor a cell: 2 x 3 cells of 16 px (anchors 0 to 5), 1 x 2 of 32 px (6, 7).
export const LEVELS = [
  {
    name: "P4", gridHw: [2, 3], strideHw: [16, 16], offset: 0,
    cellAnchors: [[-8, -8, 8, 8]], sizeRatio: [[16, 1]],
  },
  {
    name: "P5", gridHw: [1, 2], strideHw: [32, 32], offset: 0,
    cellAnchors: [[-16, -16, 16, 16]], sizeRatio: [[32, 1]],
  },
];
export const COUNT = 8;

// What became of the eight: 0 was never scored high enough, 1 won over 2 and 3, 4 over nobody, 5 came
// too late for the best N, 6 won over 7.
export const FATES = Uint8Array.from([0, 6, 4, 4, 6, 5, 6, 4]);
export const SCORED = {
  logits: Float32Array.from([-3, 3, 2, 1, 0.5, -1, 2.5, -0.5]),
  decoded: Float32Array.from(
    [...Array(COUNT).keys()].flatMap((i) => [4 * i - 8, 4 * i - 8, 4 * i + 8, 4 * i + 12]),
  ),
  fate: FATES,
  kept: Int32Array.from([1, 6, 4]),
  suppressed: Int32Array.from([2, 3, 7]),
  suppressor: Int32Array.from([1, 1, 6]),
  suppressorIou: Float32Array.from([0.9, 0.8, 0.75]),
};

export const PALETTE = {
  levels: ["#ff0000", "#00ff00"],
  scores: [[0, "#000000"], [0.5, "#808080"], [1, "#ffffff"]],
  fates: Array.from({ length: 7 }, (_, fate) => ({ name: `fate ${fate}`, ...LINE })),
  object: LINE,
  crowd: { ...LINE, dash: [4, 4] },
};

// Names and contents of arrays -> what a header lists of them, each under a name of its own.
export function entriesOf(arrays, sent = true) {
  return Object.entries(arrays).map(([name, array]) => {
    packed += 1;
    const id = `${name} ${packed}`;
    return { name, type: TYPES.get(array.constructor), length: array.length, id, sent };
  });
}

// "RPN1" | length of header | header | arrays | photo, each padded to four bytes.
export function pack(header, arrays, photo = new Uint8Array(0)) {
  const text = new TextEncoder().encode(JSON.stringify({ ...header, photoBytes: photo.length }));
  const head = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(32);
  head.set(text);
  const parts = [new TextEncoder().encode("RPN1"), new Uint8Array(Uint32Array.of(head.length).buffer), head];
  for (const array of arrays) {
    const bytes = new Uint8Array(Math.ceil(array.byteLength / 4) * 4);
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    parts.push(bytes);
  }
  return Uint8Array.from([...parts, photo].flatMap((part) => [...part]));
}

export function headerOf(arrays, more = {}) {
  return {
    key: "key", viewGroup: "", words: null, maxHeight: 640, layout: "layout", photoId: "photo",
    originalHw: [64, 96], imageHw: [32, 48], anchors: COUNT, grid: true, levels: LEVELS, scoreNote: "",
    viewHint: "proposals", palette: PALETTE, payloadId: "id", arrays: entriesOf(arrays), ...more,
  };
}

export function makeScene(arrays = SCORED, more = {}) {
  const { header } = parsePayload(pack(headerOf(arrays, more), Object.values(arrays)));
  return sceneOf(header);
}

// The candidates, best first, and at which of 101 thresholds each survives.
export function survival(order, survives) {
  const bits = new Uint8Array(order.length * 13);
  order.forEach((anchor, rank) => {
    for (let percent = 0; percent <= 100; percent += 1) {
      if (survives(anchor, percent)) bits[rank * 13 + (percent >> 3)] |= 1 << (percent & 7);
    }
  });
  return { survivalOrder: Int32Array.from(order), survivalBits: bits };
}

// NMS of the scene above at 0.7: who is suppressed survives from its IoU on.
export function playedScene() {
  const iou = new Map([[2, 90], [3, 80], [7, 75]]);
  const arrays = survival([1, 6, 2, 3, 4, 7, 5], (anchor, percent) => percent >= (iou.get(anchor) ?? 0));
  return makeScene({ ...SCORED, ...arrays }, { survival: { threshold: 0.7, postNmsTopN: 3 } });
}
