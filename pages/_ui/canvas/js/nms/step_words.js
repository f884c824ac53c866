// A step of NMS in words.

/** @import { PlayedScene } from "../types.d.ts" */

import { number, tr } from "../../../scripts/words.js";
import { boxName } from "../words/describe.js";
import { decidedAfter, queueHead, stepsOf, victimsOf } from "./steps.js";

const MOST_TOLD = 6;

/** @type {(scene: PlayedScene, step: number) => string} */
export function stepWords(scene, step) {
  return tr("{step}; {queue}", { step: whatHappens(scene, step), queue: whatIsLeft(scene, step) });
}

/** @type {(scene: PlayedScene, step: number) => string} */
function whatHappens(scene, step) {
  const steps = stepsOf(scene);
  const current = steps[step];
  const victims = victimsOf(scene).get(current) ?? [];
  const ious = victims.map((victim) => scene.suppressedIou[victim].toFixed(2));
  const facts = {
    step: number(step + 1),
    steps: number(steps.length),
    box: boxName(scene, current),
    score: scene.scores[current].toFixed(3),
    suppressed: number(ious.length),
    ious: ious.slice(0, MOST_TOLD).join(", "),
    more: number(Math.max(0, ious.length - MOST_TOLD)),
  };
  if (ious.length === 0) {
    return tr("Step {step} of {steps}: {box}, score {score}, suppresses nothing", facts);
  }
  if (ious.length <= MOST_TOLD) {
    return tr(
      "Step {step} of {steps}: {box}, score {score}, suppresses {suppressed} (IoU {ious})",
      facts,
    );
  }
  return tr(
    "Step {step} of {steps}: {box}, score {score}, suppresses {suppressed} " +
      "(IoU {ious} and {more} more)",
    facts,
  );
}

/** @type {(scene: PlayedScene, step: number) => string} */
function whatIsLeft(scene, step) {
  const left = scene.survival.order.length - decidedAfter(scene)[step];
  if (!left) return tr("queue empty");
  const head = queueHead(scene, step).map((anchor) => scene.scores[anchor].toFixed(3));
  return tr("{left} in the queue, next scores {scores}", {
    left: number(left),
    scores: head.join(", "),
  });
}
