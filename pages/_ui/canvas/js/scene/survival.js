// NMS at another threshold, read from the bits that came with the scene: one says of each
// candidate whether it survives at each of 101 thresholds. Nothing is suppressed here.

/** @import { Fates, Header, PlayedScene, SceneArrays, Survival } from "../types.d.ts" */

import { derive } from "./arrays.js";
import { FATE_BEYOND, FATE_KEPT, FATE_SUPPRESSED, ranks } from "./fates.js";

const SURVIVAL_BYTES = 13; // of each candidate; payload.py writes them
const TRIED_THRESHOLDS = 101;

/** @type {(header: Header, arrays: SceneArrays, ledger: Fates) => Survival | null} */
export function survivalOf({ survival }, { survivalOrder: order, survivalBits: bits }, ledger) {
  if (!survival || !order || !bits) return null;
  const counts = derive(bits, "counts", () => survivorCounts({ order, bits }));
  return { ...survival, order, bits, ledger, counts };
}

/** @type {(survival: Pick<Survival, "bits">, rank: number, percent: number) => number} */
function survivesAt({ bits }, rank, percent) {
  return (bits[rank * SURVIVAL_BYTES + (percent >> 3)] >> (percent & 7)) & 1;
}

// How many candidates survive at each threshold.
/** @type {(survival: Pick<Survival, "bits" | "order">) => Uint32Array} */
export function survivorCounts(survival) {
  const counts = new Uint32Array(TRIED_THRESHOLDS);
  for (let rank = 0; rank < survival.order.length; rank += 1) {
    for (let percent = 0; percent < TRIED_THRESHOLDS; percent += 1) {
      counts[percent] += survivesAt(survival, rank, percent);
    }
  }
  return counts;
}

// Give the scene the fates that its ledger would have at a threshold; null: those that it has.
/** @type {(scene: PlayedScene, percent: number | null) => void} */
export function tryThreshold(scene, percent) {
  const { survival } = scene;
  Object.assign(scene, percent === null ? survival.ledger : fatesAt(survival, percent));
}

/** @type {(survival: Survival, percent: number) => Fates} */
function fatesAt(survival, percent) {
  const { order, ledger, postNmsTopN } = survival;
  const fate = ledger.fate.slice();
  const kept = new Int32Array(Math.min(order.length, postNmsTopN));
  let survivors = 0;
  for (let rank = 0; rank < order.length; rank += 1) {
    const anchor = order[rank];
    if (!survivesAt(survival, rank, percent)) {
      fate[anchor] = FATE_SUPPRESSED;
      continue;
    }
    if (survivors < postNmsTopN) {
      kept[survivors] = anchor;
      fate[anchor] = FATE_KEPT;
    } else {
      fate[anchor] = FATE_BEYOND;
    }
    survivors += 1;
  }
  const shown = kept.subarray(0, Math.min(survivors, postNmsTopN));
  survival.unsuppressed ??= new Int32Array(ledger.fate.length).fill(-1);
  return { fate, kept: shown, rankOf: ranks(shown), suppressedBy: survival.unsuppressed };
}
