// Ground-truth objects: what lies under the pointer, and what a drag or a key makes of a box.

import assert from "node:assert/strict";
import { test } from "node:test";

import { heldBox, movedBox, resizedBox } from "../../pages/_ui/canvas/js/objects/box_edits.js";
import { boxOf } from "../../pages/_ui/canvas/js/objects/drag.js";
import { receiveObjects } from "../../pages/_ui/canvas/js/objects/list.js";
import { handleAt, isDrawable, objectsAt, photoPlace, pointOfPhoto, rectOfObject } from "../../pages/_ui/canvas/js/objects/places.js";
import { describeObject } from "../../pages/_ui/canvas/js/objects/words.js";
import { recall } from "../../pages/_ui/canvas/js/stage/memory.js";
import { makeScene } from "./scenes.js";

const ROOM = { hw: [100, 200], minSide: 4 };

test("a box is held in the photo, with sides that are meant", () => {
  assert.deepEqual(heldBox(ROOM, [10, 10, 50, 60]), [10, 10, 50, 60]);
  assert.deepEqual(heldBox(ROOM, [50, 60, 10, 10]), [10, 10, 50, 60]); // drawn backwards
  assert.deepEqual(heldBox(ROOM, [-20, -5, 300, 400]), [0, 0, 200, 100]);
  assert.deepEqual(heldBox(ROOM, [199, 99, 200, 100]), [196, 96, 200, 100]);
  assert.deepEqual(heldBox({ hw: [3, 2], minSide: 4 }, [1, 1, 1, 1]), [0, 0, 2, 3]); // a tiny photo
});

test("a box keeps its sides when it is moved against the photo's edge", () => {
  assert.deepEqual(movedBox(ROOM, [10, 10, 50, 60], 5.4, -3.6), [15, 6, 55, 56]);
  assert.deepEqual(movedBox(ROOM, [10, 10, 50, 60], 999, -999), [160, 0, 200, 50]);
});

test("a handle moves its own sides, as far as the opposite ones", () => {
  const box = [10, 10, 50, 60];
  assert.deepEqual(resizedBox(ROOM, box, [1, 0.5], 7, 99), [10, 10, 57, 60]);
  assert.deepEqual(resizedBox(ROOM, box, [0, 0], 3, 4), [13, 14, 50, 60]);
  assert.deepEqual(resizedBox(ROOM, box, [0, 1], 999, -999), [46, 10, 50, 14]);
  assert.deepEqual(resizedBox(ROOM, box, [1, 1], 999, 999), [10, 10, 200, 100]);
});

test("a drag draws, moves or resizes, by what it started on", () => {
  const object = { id: 1, box: [10, 10, 50, 60], number: null, label: "", crowd: false, state: null };
  const [from, to] = [[20.4, 30.6], [25.4, 20.6]];
  assert.deepEqual(boxOf(ROOM, { kind: "draw" }, from, to), [20, 21, 25, 31]);
  assert.deepEqual(boxOf(ROOM, { kind: "move", object }, from, to), [15, 0, 55, 50]);
  const handle = [1, 0];
  assert.deepEqual(boxOf(ROOM, { kind: "resize", object, handle }, from, to), [10, 0, 55, 60]);
});

test("photo and stage are the same point, there and back", () => {
  // A photo of 96 x 64 px, seen by the network as 48 x 32, drawn at 3 CSS pixels each.
  const at = photoPlace({ imageHw: [32, 48], originalHw: [64, 96] }, { scale: 3, left: 7, top: 9 });
  assert.deepEqual(rectOfObject([0, 0, 96, 64], at), [7, 9, 151, 105]);
  assert.deepEqual(pointOfPhoto({ x: 151, y: 105 }, at), [96, 64]);
});

test("of handles near each other the corner is meant", () => {
  const small = [0, 0, 8, 8];
  assert.deepEqual(handleAt(small, { x: 3, y: 1 }, 9), [0, 0]);
  assert.deepEqual(handleAt([0, 0, 100, 100], { x: 50, y: 2 }, 9), [0.5, 0]);
  assert.equal(handleAt([0, 0, 100, 100], { x: 50, y: 50 }, 9), null);
});

const object = (id, box) => ({ id, box, number: null, label: "", crowd: false, state: null });
const onStage = (list) => {
  const scene = { imageHw: [100, 100], originalHw: [100, 100] };
  return { scene, objects: { list, states: [] }, tags: [{ id: 3, left: 90, top: 0, right: 99, bottom: 9 }] };
};
const PLACE = { scale: 1, left: 0, top: 0 };

test("objects are touched by line or name, else by what they surround, the smallest first", () => {
  const list = [object(1, [0, 0, 80, 80]), object(2, [10, 10, 50, 50]), object(3, [60, 60, 70, 70])];
  const stage = onStage([...list, object(4, [null, 0, 1, 1])]);
  const at = (x, y, around) => objectsAt(stage, { x, y }, PLACE, 3, around).map(({ id }) => id);
  assert.deepEqual(at(10, 30, false), [2]);
  assert.deepEqual(at(30, 30, false), []);
  assert.deepEqual(at(30, 30, true), [2, 1]);
  assert.deepEqual(at(95, 5, false), [3]); // by its name
});

test("an object without a box that is a number is told of, and not drawn", () => {
  const stage = onStage([{ ...object(4, [null, 0, 1, 1]), label: "cat" }]);
  assert.equal(isDrawable(stage.objects.list[0]), false);
  assert.deepEqual(describeObject(stage, stage.objects.list[0]), ["Object 1 of 1: cat"]);
});

test("an object is told in the photo's pixels and in those of the network", () => {
  const stage = onStage([{ ...object(1, [0, 0, 40, 20]), crowd: true, state: 0 }]);
  stage.scene = { imageHw: [50, 50], originalHw: [100, 100] };
  stage.objects.states = [{ name: "found" }];
  assert.deepEqual(describeObject(stage, stage.objects.list[0]), [
    "Object 1 of 1",
    "40 × 20 px in the photo",
    "20 × 10 px in the network input, h/w 0.5",
    "A region of many objects (crowd)",
    "Found",
  ]);
});

const sent = (boxes, more = {}) => ({
  ids: boxes.map((_, i) => i), boxes, numbers: boxes.map(() => null), labels: boxes.map(() => ""),
  crowd: boxes.map(() => false),
  state: boxes.map(() => null), states: [], editable: true, revision: "1", edit: "", minSide: 4, most: 9,
  ...more,
});

test("the page's objects are in force unless it has not heard of an edit that was made here", () => {
  const stage = { memory: recall("list"), objects: null, waitingFor: null, gesture: null, nudgedFrom: null };
  const receive = (objects) => {
    stage.scene = makeScene({}, { objects });
    receiveObjects(stage);
    return stage.objects.list.map(({ box }) => box[0]);
  };
  assert.deepEqual(receive(sent([[1, 1, 9, 9]])), [1]);
  assert.equal(stage.memory.editing.nextId, 1);
  stage.objects = { ...stage.objects, list: [{ ...stage.objects.list[0], box: [5, 5, 9, 9] }] };
  stage.waitingFor = "edit-1";
  stage.memory.editing.past = [[]];
  assert.deepEqual(receive(sent([[1, 1, 9, 9]])), [5]); // it is behind
  assert.deepEqual(receive(sent([[5, 5, 9, 9]], { edit: "edit-1" })), [5]);
  assert.deepEqual([stage.waitingFor, stage.memory.editing.past.length], [null, 1]);
  assert.deepEqual(receive(sent([[7, 7, 9, 9]], { edit: "edit-1" })), [7]); // changed elsewhere
  assert.equal(stage.memory.editing.past.length, 0);
});
