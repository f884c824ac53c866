// Colours, groups of lines, and counting lines instead of drawing them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { linesOf } from "../../pages/_ui/canvas/js/drawing/class_lines.js";
import { addOutline, inkLines } from "../../pages/_ui/canvas/js/drawing/density.js";
import { middleOf, rectOnStage } from "../../pages/_ui/canvas/js/drawing/overlay.js";
import { colourToRgb, levelColour, scoreBin, scoreBinColours, stopsRgb } from "../../pages/_ui/canvas/js/drawing/palette.js";
import { PALETTE, makeScene } from "./scenes.js";

test("a colour is read as it is spelt", () => {
  assert.deepEqual(colourToRgb("#0a80ff"), [10, 128, 255]);
  assert.deepEqual(colourToRgb("rgb(1,20,255)"), [1, 20, 255]);
});

test("a share lies between the two stops around it", () => {
  const stops = [[0, "#000000"], [0.5, "#ff0000"], [1, "#ffffff"]];
  assert.deepEqual(stopsRgb(stops, 0.25), [128, 0, 0]);
  assert.deepEqual(stopsRgb(stops, 0.75), [255, 128, 128]);
  assert.deepEqual([-1, 2].map((share) => stopsRgb(stops, share)), [[0, 0, 0], [255, 255, 255]]);
});

test("scores fall into bins, of which the last is closed", () => {
  assert.deepEqual([0, 0.5, 0.9999, 1].map(scoreBin), [0, 12, 23, 23]);
  assert.equal(scoreBinColours(PALETTE).length, 24);
  assert.equal(levelColour(PALETTE, 3), "#00ff00"); // round and round
});

test("classes and values have lines of their own, scores have not", () => {
  const style = (name, width) => ({ name, shown: true, colour: "#010203", dash: [2, 2], width });
  const arrays = { classOf: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), valueOf: Float32Array.of(NaN, 0, 1, 1, 1, 1, 1, 1) };
  const scene = makeScene(arrays, {
    classes: { name: "c", styles: [style("a", 1), style("b", 3)] },
    values: { name: "v", unit: "", limits: [0, 1], stops: [[0, "#000000"], [1, "#ffffff"]] },
  });
  assert.equal(linesOf(scene, "score"), null);
  const byClass = linesOf(scene, "class");
  assert.deepEqual([0, 1].map((anchor) => byClass(anchor).width), [3, 1]);
  assert.ok(byClass(1).rank > byClass(0).rank); // the first class lies on top
  const byValue = linesOf(scene, "value");
  assert.deepEqual([0, 1, 2].map((anchor) => byValue(anchor).rank), [-1, 0, 23]);
  assert.ok(byValue(2).width > byValue(1).width);
});

test("a box lies on the stage where its place says", () => {
  const coords = Float32Array.of(0, 0, 0, 0, 1, 2, 3, 4);
  const rect = rectOnStage(coords, 1, { scale: 10, left: 5, top: 7 });
  assert.deepEqual(rect, [15, 27, 35, 47]);
  assert.deepEqual(middleOf(rect), [25, 37]);
});

function sheetOf(width, height) {
  const rows = new Int32Array((width + 1) * height);
  const columns = new Int32Array(width * (height + 1));
  return { width, height, rows, columns, vertical: new Int32Array(width), words: new Uint32Array(width * height) };
}

const alphas = ({ words, width, height }) => {
  return Array.from({ length: height }, (_, y) => [...words.subarray(y * width, (y + 1) * width)].map((word) => word >>> 24));
};

test("an outline is its border, and what lies outside of the stage is left out", () => {
  const sheet = sheetOf(5, 5);
  addOutline(sheet, 1, 1, 9, 4, 1);
  inkLines(sheet, [255, 0, 0], 1);
  const on = 255;
  assert.deepEqual(alphas(sheet), [
    [0, 0, 0, 0, 0],
    [0, on, on, on, on],
    [0, on, 0, 0, 0],
    [0, on, on, on, on],
    [0, 0, 0, 0, 0],
  ]);
  assert.equal(sheet.words[6], 0xff0000ff); // red, in the order of the bytes
});

test("n lines of opacity a give 1 - (1 - a)^n, and the counts start again", () => {
  const sheet = sheetOf(4, 4);
  for (let n = 0; n < 3; n += 1) addOutline(sheet, 0, 0, 4, 4, 1);
  inkLines(sheet, [0, 0, 0], 0.3);
  assert.equal(alphas(sheet)[0][0], Math.round(255 * (1 - 0.7 ** 3)));
  assert.ok(sheet.rows.every((count) => count === 0) && sheet.columns.every((count) => count === 0));
});

test("a box that is thinner than its own lines is filled, once", () => {
  const sheet = sheetOf(6, 6);
  addOutline(sheet, 1, 1, 4, 4, 2);
  inkLines(sheet, [0, 0, 0], 0.5);
  const inside = alphas(sheet).slice(1, 4).map((row) => row.slice(1, 4));
  assert.deepEqual(inside, Array(3).fill(Array(3).fill(128)));
});
