// From bytes to a scene: arrays, anchors, what a threshold of NMS decides, classes and colours.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, anchorsOfCell, cellAt } from "../../pages/_ui/canvas/js/scene/anchors.js";
import { derive, findArrays, receiveArrays } from "../../pages/_ui/canvas/js/scene/arrays.js";
import { anchorFilter, valueShare } from "../../pages/_ui/canvas/js/scene/classes.js";
import { colouring } from "../../pages/_ui/canvas/js/scene/colouring.js";
import { FATE_BEYOND, FATE_KEPT, FATE_SUPPRESSED } from "../../pages/_ui/canvas/js/scene/fates.js";
import { parsePayload, receiveWords } from "../../pages/_ui/canvas/js/scene/payload.js";
import { keep } from "../../pages/_ui/canvas/js/scene/recent.js";
import { boxesOf, candidatesOf, sceneOf } from "../../pages/_ui/canvas/js/scene/scene.js";
import { tryThreshold } from "../../pages/_ui/canvas/js/scene/survival.js";
import { recall } from "../../pages/_ui/canvas/js/stage/memory.js";
import { tr } from "../../pages/_ui/scripts/words.js";
import { COUNT, FATES, SCORED, entriesOf, headerOf, makeScene, pack, playedScene } from "./scenes.js";

test("arrays and a photo come out as they went in, whatever their lengths", () => {
  const arrays = {
    three: Uint8Array.from([1, 2, 255]), // padded
    floats: Float32Array.from([0.5, -1, 3e9]),
    whole: Int32Array.from([-1, 2 ** 31 - 1]),
    none: new Int32Array(0),
  };
  const photo = Uint8Array.from([9, 8, 7, 6, 5]);
  const { header, photoBytes } = parsePayload(pack(headerOf(arrays), Object.values(arrays), photo));
  assert.deepEqual({ ...findArrays(header.arrays) }, arrays);
  assert.deepEqual(photoBytes, photo);
});

test("what is no payload is refused", () => {
  assert.throws(() => parsePayload(new Uint8Array(64)), /form that it does not know/);
});

test("an array that is kept need not be sent again, and one that is missing leaves no scene", () => {
  const { header } = parsePayload(pack(headerOf(SCORED), Object.values(SCORED)));
  const again = { ...header, arrays: header.arrays.map((entry) => ({ ...entry, sent: false })) };
  const { header: read } = parsePayload(pack(again, []));
  assert.equal(sceneOf(read).logits, sceneOf(header).logits);
  const [first, ...rest] = read.arrays;
  assert.equal(sceneOf({ ...read, arrays: [{ ...first, id: "never sent" }, ...rest] }), null);
});

test("beyond 64 MB the arrays that were used longest ago go, and none of the scene at hand", () => {
  const megabytes = (many) => ({ block: new Uint8Array(many * 1e6) });
  const received = (many) => {
    const arrays = megabytes(many);
    const entries = entriesOf(arrays);
    receiveArrays(new Uint8Array(arrays.block.buffer), 0, entries);
    return entries;
  };
  const [old, young] = [received(30), received(30)];
  assert.ok(findArrays(old)); // used now: the other one is older
  const last = received(30);
  assert.ok(findArrays(last));
  assert.equal(findArrays(young), null);
  assert.ok(findArrays(old));
  const large = received(70);
  assert.ok(findArrays(large));
  assert.equal(findArrays(old), null);
});

test("what was computed from an array is computed once, and again from another", () => {
  let times = 0;
  const sum = (array) => {
    times += 1;
    return array.reduce((a, b) => a + b, 0);
  };
  const [one, other] = [Int32Array.from([1, 2]), Int32Array.from([3])];
  assert.deepEqual([derive(one, "sum", sum), derive(one, "sum", sum), times], [3, 3, 1]);
  assert.deepEqual([derive(other, "sum", sum), times], [3, 2]);
  assert.deepEqual([derive(one, "sum doubled", (array) => 2 * sum(array)), times], [6, 3]);
});

test("a map keeps what was used last", () => {
  const map = new Map();
  for (const key of ["a", "b", "a", "c"]) keep(map, key, key.toUpperCase(), 2);
  assert.deepEqual([...map], [["a", "A"], ["c", "C"]]);
});

test("words of a language are kept under their name; unknown ones are missed", () => {
  const sentWords = { texts: { Fit: "Passt" }, plurals: {} };
  assert.equal(receiveWords({ words: "de", sentWords }), true);
  assert.equal(receiveWords({ words: null }), true);
  assert.equal(tr("Fit"), "Fit");
  assert.equal(receiveWords({ words: "de" }), true);
  assert.equal(tr("Fit"), "Passt");
  assert.equal(receiveWords({ words: "fr" }), false);
  assert.equal(tr("Fit"), "Passt"); // until the French has come
  receiveWords({ words: null });
});

test("anchors lie in the order of level, row, column, shape", () => {
  const scene = makeScene();
  const centre = (i) => [0, 1].map((axis) => (scene.anchors[i * 4 + axis] + scene.anchors[i * 4 + axis + 2]) / 2);
  assert.deepEqual([0, 1, 3, 6, 7].map(centre), [[0, 0], [16, 0], [0, 16], [0, 0], [32, 0]]);
  assert.deepEqual([...scene.levelOf], [0, 0, 0, 0, 0, 0, 1, 1]);
  assert.deepEqual(addressOf(scene, 5), { level: 0, y: 1, x: 2, shape: 0 });
  for (let anchor = 0; anchor < COUNT; anchor += 1) {
    const { level, y, x } = addressOf(scene, anchor);
    assert.deepEqual(anchorsOfCell(scene, [level, y, x]), [anchor]);
  }
});

test("a cell starts at its left and upper edge, and none lies outside of the grid", () => {
  const scene = makeScene();
  assert.deepEqual(cellAt(scene, 0, 0, 0), [0, 0, 0]);
  assert.deepEqual(cellAt(scene, 0, 15.9, 16), [0, 1, 0]);
  assert.equal(cellAt(scene, 0, 48, 0), null); // 3 columns of 16 px
  assert.equal(cellAt(scene, 1, 0, 32), null);
  assert.equal(cellAt(scene, 0, -0.1, 0), null);
});

test("boxes are clipped to the photo and scores are the logits' sigmoid", () => {
  const scene = makeScene();
  assert.deepEqual([...scene.boxes.subarray(0, 4)], [0, 0, 8, 12]);
  assert.deepEqual([...scene.boxes.subarray(28, 32)], [20, 20, 36, 32]); // 32 px high
  assert.equal(boxesOf(scene), scene.boxes);
  assert.ok(Math.abs(scene.scores[1] - 1 / (1 + Math.exp(-3))) < 1e-6);
  assert.deepEqual([...scene.rankOf], [[1, 0], [6, 1], [4, 2]]);
  assert.deepEqual([...scene.suppressedBy], [-1, -1, 1, 1, -1, -1, -1, 6]);
});

test("candidates are all that entered NMS, best score first", () => {
  assert.deepEqual([...candidatesOf(makeScene())], [1, 6, 2, 3, 4, 7, 5]);
});

test("a scene without scores has anchors and nothing else", () => {
  const scene = makeScene({});
  assert.deepEqual([scene.scored, scene.survival, scene.classes, scene.values], [false, null, null, null]);
  assert.equal(boxesOf(scene), scene.anchors);
});

test("another threshold of NMS decides otherwise, and the recorded one comes back as it was", () => {
  const scene = playedScene();
  tryThreshold(scene, 85); // now 3 and 7 survive, and the third is the last of the best three
  assert.deepEqual([...scene.kept], [1, 6, 3]);
  assert.equal(scene.fate[2], FATE_SUPPRESSED);
  assert.deepEqual([4, 7, 5].map((anchor) => scene.fate[anchor]), [FATE_BEYOND, FATE_BEYOND, FATE_BEYOND]);
  assert.equal(scene.fate[1], FATE_KEPT);
  assert.equal(scene.fate[0], 0); // it never entered
  assert.deepEqual([...scene.suppressedBy], Array(COUNT).fill(-1)); // nobody was asked
  tryThreshold(scene, null);
  assert.deepEqual([scene.fate, scene.kept], [FATES, SCORED.kept]);
});

test("survivors are counted for each of 101 thresholds", () => {
  const { counts } = playedScene().survival;
  assert.deepEqual([0, 74, 75, 79, 80, 90, 100].map((at) => counts[at]), [4, 4, 5, 5, 6, 7, 7]);
});

const STYLES = ["near", "far"].map((name, i) => ({ name, shown: i === 0, colour: "#000000", dash: [], width: 1 }));
const CLASSED = {
  classOf: Uint8Array.from([0, 1, 1, 1, 1, 1, 1, 1]),
  valueOf: Float32Array.from([NaN, 0.5, 1, 1, 1, 1, 1, 1]),
};
const TOLD = {
  classes: { name: "match", styles: STYLES },
  values: { name: "IoU", unit: "", limits: [0, 1], stops: [[0, "#000000"], [1, "#ffffff"]] },
};

test("classes hide anchors by the page's word until a person's stands", () => {
  const scene = makeScene(CLASSED, TOLD);
  assert.deepEqual(scene.classes.counts, [1, 7]);
  const memory = recall("classes");
  const passes = () => [0, 1].map(anchorFilter(scene, memory) ?? (() => true));
  assert.deepEqual(passes(), [true, false]);
  memory.classShown.set("far", true);
  assert.deepEqual(passes(), [true, true]);
  memory.controls.colourBy = "value"; // an anchor without a value has no colour
  assert.deepEqual(passes(), [false, true]);
});

test("a value has its place on the scale, which ends at its limits", () => {
  assert.deepEqual([-1, 2, 3, 9].map((value) => valueShare([2, 4], value)), [0, 0, 0.5, 1]);
  assert.equal(valueShare(null, 3), 1);
  assert.equal(valueShare([2, 2], 2), 1);
});

test("colours tell what the scene knows, else the next best", () => {
  const [bare, scored, told] = [makeScene({}), makeScene(), makeScene(CLASSED, TOLD)];
  const by = (scene, colourBy) => colouring(scene, { colourBy });
  assert.deepEqual([bare, scored, told].map((scene) => by(scene, "class")), ["level", "score", "class"]);
  assert.deepEqual([bare, scored].map((scene) => by(scene, "value")), ["level", "score"]);
  assert.equal(by(bare, "fate"), "level");
});
