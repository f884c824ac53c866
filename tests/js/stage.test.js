// The view, what is remembered, and what lies under a point.

import assert from "node:assert/strict";
import { test } from "node:test";

import { filterAnchors, filterBoxes, sliderFromTopN, topNFromSlider } from "../../pages/_ui/canvas/js/scene/filters.js";
import { boxesAt, nextOf } from "../../pages/_ui/canvas/js/scene/pick.js";
import { applyHint, isEditing, recall, showsObjects } from "../../pages/_ui/canvas/js/stage/memory.js";
import { selectionOf } from "../../pages/_ui/canvas/js/stage/selection.js";
import { holdView, panView, placeView, toImage, zoomView } from "../../pages/_ui/canvas/js/stage/view.js";
import { LEVELS, SCORED, makeScene } from "./scenes.js";

const WHOLE = { zoom: 1, cx: 0.5, cy: 0.5 };
const HW = [100, 200];
const STAGE = [400, 400];

test("a photo that fits lies in the middle", () => {
  assert.deepEqual(placeView(WHOLE, HW, ...STAGE), { scale: 2, left: 0, top: 100 });
});

test("the point under the pointer stays while one zooms", () => {
  const before = toImage(placeView(WHOLE, HW, ...STAGE), 120, 180);
  const zoomed = zoomView(WHOLE, 4, 120, 180, HW, ...STAGE);
  const after = toImage(placeView(zoomed, HW, ...STAGE), 120, 180);
  assert.equal(zoomed.zoom, 4);
  after.forEach((side, i) => assert.ok(Math.abs(side - before[i]) < 1e-9));
});

test("zoom ends where the photo fits, and at 60 times that", () => {
  assert.deepEqual(zoomView(WHOLE, 0.5, 10, 10, HW, ...STAGE), WHOLE);
  assert.equal(zoomView(WHOLE, 1e6, 200, 200, HW, ...STAGE).zoom, 60);
});

test("panning moves by pixels of the stage, and ends at the photo's edge", () => {
  const near = { zoom: 4, cx: 0.5, cy: 0.5 };
  const moved = panView(near, 80, 0, HW, ...STAGE); // 8 px of the stage a pixel: 10 of 200
  assert.ok(Math.abs(moved.cx - 0.45) < 1e-9);
  assert.deepEqual(panView(near, 1e6, 0, HW, ...STAGE), { zoom: 4, cx: 0.125, cy: 0.5 });
  assert.deepEqual(holdView({ zoom: 1.5, cx: 0, cy: 0 }, HW, ...STAGE).cy, 0.5); // seen whole
});

test("of the boxes under a point the smallest comes first, of equal ones the better", () => {
  const coords = Float32Array.from([0, 0, 10, 10, 2, 2, 6, 6, 2, 2, 6, 6, 20, 20, 30, 30]);
  assert.deepEqual(boxesAt(coords, [0, 2, 1, 3], 4, 4, 0), [2, 1, 0]);
  assert.deepEqual(boxesAt(coords, [0, 1, 2, 3], 19, 19, 0.5), []);
  assert.deepEqual(boxesAt(coords, [0, 1, 2, 3], 19, 19, 1), [3]);
  assert.deepEqual(boxesAt(coords, Int32Array.of(0), 10, 10, 0), [0]); // its edge is its own
});

test("clicking again takes the next of the pile, round and round", () => {
  assert.deepEqual([null, undefined, 4, 7, 9].map((current) => nextOf([7, 4], current)), [7, 7, 7, 4, 7]);
});

const CONTROLS = { proposals: true, suppressed: false, candidates: false, minScore: 0, topN: Infinity };
const shown = (more, hidden = []) => {
  const found = filterBoxes(makeScene(), { ...CONTROLS, ...more }, new Set(hidden));
  return [[...found.shown], found.total];
};

test("layers, levels, score and best N decide which boxes are shown", () => {
  assert.deepEqual(shown({}), [[1, 6, 4], 3]);
  assert.deepEqual(shown({ proposals: false, suppressed: true }), [[2, 3, 7], 3]);
  assert.deepEqual(shown({ suppressed: true }), [[1, 6, 2, 3, 4, 7], 6]);
  assert.deepEqual(shown({ candidates: true }), [[1, 6, 2, 3, 4, 7, 5], 7]);
  assert.deepEqual(shown({ proposals: false }), [[], 0]);
  assert.deepEqual(shown({ topN: 2 }), [[1, 6], 3]); // the total stays that of the layers
  assert.deepEqual(shown({ minScore: 0.9 }), [[1, 6], 3]);
  assert.deepEqual(shown({ topN: 2 }, [0]), [[6], 3]);
  assert.deepEqual(filterBoxes(makeScene({}), CONTROLS, new Set()).total, 0);
});

test("anchors are shown by cell, by sample, or all that can be drawn", () => {
  const scene = makeScene();
  const layer = (mode, cell, hidden, passes = null) => {
    return filterAnchors(scene, mode, cell, new Set(hidden), passes);
  };
  assert.deepEqual(layer("off", null, []), { shown: [], total: 8 });
  assert.deepEqual(layer("cell", [0, 1, 2], [0]), { shown: [5], total: 1 });
  assert.deepEqual(layer("cell", null, []), { shown: [], total: 0 });
  assert.deepEqual(layer("all", null, [1]), { shown: [0, 1, 2, 3, 4, 5], total: 6 });
  const odd = (anchor) => anchor % 2 === 1;
  assert.deepEqual(layer("all", null, [], odd), { shown: [1, 3, 5, 7], total: 4 });
  assert.deepEqual(layer("sampled", null, [1], odd).shown, [1, 3, 5]);
});

test("more anchors than can be drawn fluently are thinned, few of a class stay whole", () => {
  const levels = [{ ...LEVELS[0], gridHw: [300, 300] }];
  const many = makeScene({}, { levels, anchors: 90_000 });
  const all = filterAnchors(many, "all", null, new Set(), null);
  assert.equal(all.total, 90_000);
  assert.ok(all.shown.length > 20_000 && all.shown.length <= 30_000, String(all.shown.length));
  const classOf = new Uint8Array(90_000);
  classOf.fill(1, 0, 100);
  const style = { shown: true, colour: "#000000", dash: [], width: 1 };
  const classes = { name: "c", styles: [{ ...style, name: "a" }, { ...style, name: "b" }] };
  const classed = makeScene({ classOf }, { levels, anchors: 90_000, classes });
  const found = filterAnchors(classed, "all", null, new Set(), () => true);
  assert.equal(found.shown.filter((anchor) => anchor < 100).length, 100);
  assert.ok(found.shown.length <= 30_001);
});

test("the slider of the best N runs from 1 to all, in equal ratios", () => {
  assert.deepEqual([0, 50, 100].map((at) => topNFromSlider(at, 10_000)), [1, 100, Infinity]);
  assert.deepEqual([1, 100, 10_000, Infinity].map((n) => sliderFromTopN(n, 10_000)), [0, 50, 100, 100]);
  assert.equal(topNFromSlider(0, 0), 1);
});

test("a hint sets the layers once; then a person's switches stand", () => {
  const memory = recall("hinted");
  assert.equal(recall("hinted"), memory);
  applyHint(memory, "before_nms");
  assert.deepEqual([memory.controls.candidates, memory.controls.proposals, memory.controls.topN], [true, false, 300]);
  memory.controls.candidates = false;
  applyHint(memory, "before_nms");
  assert.equal(memory.controls.candidates, false);
  applyHint(memory, "a hint of a later version");
  assert.equal(memory.controls.proposals, false);
});

test("objects show while they are edited, and are edited only where the page allows it", () => {
  const memory = recall("edited");
  memory.editing.on = true;
  memory.controls.objects = false;
  const stage = (objects) => ({ objects, memory });
  assert.deepEqual([isEditing, showsObjects].map((asked) => asked(stage({ editable: true }))), [true, true]);
  assert.deepEqual([isEditing, showsObjects].map((asked) => asked(stage({ editable: false }))), [false, false]);
  assert.equal(showsObjects(stage(null)), false);
});

test("a selection holds while its grid is shown, an object's while its photo and it are", () => {
  const scene = makeScene(SCORED, { photoId: "A", layout: "grid" });
  const chosen = { layout: "grid", photo: "A", anchor: 3, cell: null, object: null };
  const of = (more, objects = null) => selectionOf({ scene, objects, selection: { ...chosen, ...more } });
  assert.equal(of({}).anchor, 3);
  assert.equal(of({ layout: "another" }), null);
  const objects = { list: [{ id: 5 }] };
  assert.equal(of({ object: 5, layout: "another" }, objects).object, 5);
  assert.equal(of({ object: 6 }, objects), null);
  assert.equal(of({ object: 5, photo: "B" }, objects), null);
});
