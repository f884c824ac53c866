// Greedy NMS step by step, as the ledger recorded it: each step takes the best box that is left
// and names those that it suppresses.

/** @import { PlayedScene, Scene, Shown, Stage, Survival } from "../types.d.ts" */

import { FATE_SUPPRESSED, ranks } from "../scene/fates.js";
import { MOST_DRAWN } from "../scene/filters.js";

/** @type {(scene: Scene, anchor: number | null | undefined) => number} */
export function stepOf(scene, anchor) {
  if (anchor === null || anchor === undefined || !scene.survival) return -1;
  const by = scene.survival.ledger.suppressedBy[anchor];
  return stepsOf(scene).indexOf(by >= 0 ? by : anchor);
}

// Survivors, best first.
/** @type {(scene: PlayedScene) => Int32Array} */
export function stepsOf({ survival }) {
  survival.steps ??= survival.order.filter((anchor) => {
    return survival.ledger.fate[anchor] !== FATE_SUPPRESSED;
  });
  return survival.steps;
}

// From survivor to those that it suppresses, best score first.
/** @type {(scene: PlayedScene) => Map<number, number[]>} */
export function victimsOf({ survival }) {
  survival.victims ??= groupVictims(survival);
  return survival.victims;
}

/** @type {(survival: Survival) => Map<number, number[]>} */
function groupVictims({ order, ledger }) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  for (const anchor of order) {
    const by = ledger.suppressedBy[anchor];
    if (by < 0) continue;
    const victims = found.get(by);
    if (victims) victims.push(anchor);
    else found.set(by, [anchor]);
  }
  return found;
}

// How many candidates are decided after each step.
/** @type {(scene: PlayedScene) => Int32Array} */
export function decidedAfter(scene) {
  const { survival } = scene;
  if (!survival.decided) {
    let sum = 0;
    survival.decided = stepsOf(scene).map((anchor) => {
      sum += 1 + (victimsOf(scene).get(anchor)?.length ?? 0);
      return sum;
    });
  }
  return survival.decided;
}

// The best candidates that are still undecided after a step.
/** @type {(scene: PlayedScene, step: number) => number[]} */
export function queueHead(scene, step) {
  const { order, ledger } = scene.survival;
  const rankOfStep = (scene.survival.rankOfStep ??= ranks(stepsOf(scene)));
  const head = [];
  for (const anchor of order) {
    const by = ledger.suppressedBy[anchor];
    if ((rankOfStep.get(by >= 0 ? by : anchor) ?? 0) > step) head.push(anchor);
    if (head.length === 3) break;
  }
  return head;
}

// While NMS is played: the boxes kept so far.
/** @type {(stage: Stage) => Shown | null} */
export function playedBoxes({ scene, memory }) {
  const { on, step } = memory.playback;
  if (!scene.survival || !on) return null;
  const steps = stepsOf(scene);
  const shown = steps.slice(0, step + 1).slice(-MOST_DRAWN);
  return { shown: Int32Array.from(shown), total: steps.length };
}
