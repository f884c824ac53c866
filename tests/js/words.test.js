// Numbers and sentences.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stepWords } from "../../pages/_ui/canvas/js/nms/step_words.js";
import { decidedAfter, queueHead, stepOf, stepsOf, victimsOf } from "../../pages/_ui/canvas/js/nms/steps.js";
import { filterAnchors } from "../../pages/_ui/canvas/js/scene/filters.js";
import { cellAt } from "../../pages/_ui/canvas/js/scene/anchors.js";
import { tryThreshold } from "../../pages/_ui/canvas/js/scene/survival.js";
import { describe, describeCell } from "../../pages/_ui/canvas/js/words/describe.js";
import { brief, capital, fixed } from "../../pages/_ui/canvas/js/words/format.js";
import { ntr, number, speakWith, tr } from "../../pages/_ui/scripts/words.js";
import { SCORED, makeScene, playedScene } from "./scenes.js";

test("numbers are as short as they can be", () => {
  assert.deepEqual([1, 1.25, -0.04].map((value) => fixed(value)), ["1", "1.3", "0"]);
  assert.equal(fixed(0.5, 3), "0.5");
  assert.deepEqual([0, 0.00012345, 1234.5, 2].map(brief), ["0", "0.000123", "1230", "2"]);
  assert.equal(capital("best IoU"), "Best IoU");
  assert.equal(number(1234567), "1,234,567");
});

test("a template says its facts, and leaves what it was not told", () => {
  assert.equal(tr("{a} of {b}", { a: 0 }), "0 of {b}");
  assert.equal(ntr("{count} box", "{count} boxes", 1), "1 box");
  assert.equal(ntr("{count} box", "{count} boxes", 1500), "1,500 boxes");
});

test("a language says it in its own words and forms", () => {
  const form = Array.from({ length: 200 }, (_, n) => (n % 100 === 1 ? 0 : 1));
  speakWith({ texts: { Fit: "Passt" }, plurals: { "{count} box": { forms: ["{count} a", "{count} b"], form } } });
  assert.deepEqual([tr("Fit"), tr("Best")], ["Passt", "Best"]);
  const said = [1, 2, 101, 201, 1002].map((n) => ntr("{count} box", "{count} boxes", n));
  assert.deepEqual(said, ["1 a", "2 b", "101 a", "201 a", "1,002 b"]);
  speakWith(null);
});

test("a box is told: its score, place, sides and fate", () => {
  assert.deepEqual(describe(makeScene(), 2), [
    "Anchor 2",
    "Score 0.881, logit 2.00",
    "Level P4, stride 16, cell (0, 2)",
    "Anchor 16 × 16 px, size 16 px, ratio h/w 1",
    "Box 16 × 20 px in the network input, h/w 1.25",
    "32 × 40 px in the photo",
    "Fate: suppressed by proposal 1 at IoU 0.900",
  ]);
  assert.equal(describe(makeScene(), 6)[0], "Proposal 2");
  assert.equal(describe(makeScene(), 6, true)[0], "Anchor 6");
  assert.equal(describe(makeScene({}), 2).length, 5); // neither score nor fate
});

test("a cell is told by the best of its anchors", () => {
  assert.deepEqual(describeCell(makeScene(), [1, 0, 0]), [
    "Level P5, cell (0, 0)",
    "Stride 32 px",
    "1 anchor: click to show, click again to select it",
    "Best score 0.924",
  ]);
});

test("NMS is played survivor by survivor, each with those that it suppresses", () => {
  const scene = playedScene();
  assert.deepEqual([...stepsOf(scene)], [1, 6, 4, 5]); // 5 too: only the best N end before it
  assert.deepEqual([...victimsOf(scene)], [[1, [2, 3]], [6, [7]]]);
  assert.deepEqual([...decidedAfter(scene)], [3, 5, 6, 7]);
  assert.deepEqual([0, 1, 3].map((step) => queueHead(scene, step)), [[6, 4, 7], [4, 5], []]);
  assert.deepEqual([1, 3, 7, 0, null].map((anchor) => stepOf(scene, anchor)), [0, 0, 1, -1, -1]);
  assert.equal(stepOf(makeScene(), 1), -1);
});

test("a step is told, and does not depend on a threshold that is only tried", () => {
  const scene = playedScene();
  const first = "Step 1 of 4: Proposal 1, score 0.953, suppresses 2 (IoU 0.90, 0.80); "
    + "4 in the queue, next scores 0.924, 0.622, 0.378";
  assert.equal(stepWords(scene, 0), first);
  assert.equal(stepWords(scene, 3), "Step 4 of 4: Anchor 5, score 0.269, suppresses nothing; queue empty");
  tryThreshold(scene, 85);
  assert.deepEqual([...stepsOf(scene)], [1, 6, 4, 5]);
});

test("a box of no grid has a level and sides, and nothing of an anchor is said", () => {
  const levelOf = Uint8Array.from([0, 0, 0, 0, 0, 0, 1, 1]);
  const scene = makeScene({ ...SCORED, levelOf }, { grid: false, levels: [{ name: "A" }, { name: "B" }] });
  assert.equal(scene.anchors.length, 0);
  assert.deepEqual([...scene.levelOf], [...levelOf]);
  assert.equal(cellAt(scene, 0, 1, 1), null);
  assert.equal(filterAnchors(scene, "all", null, new Set(), () => true).shown.length, 0);
  const lines = describe(scene, 2);
  assert.equal(lines[0], "Box 2");
  assert.ok(!lines.some((line) => line.startsWith("Level") || line.startsWith("Anchor")), lines);
  assert.equal(describe(scene, 1)[0], "Proposal 1");
});
