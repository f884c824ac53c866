// What a payload names and this page does not have: another canvas may be bringing it just now; else
// it is asked for.

/** @import { Canvas, Payload } from "./types.d.ts" */

import { receive } from "./receive.js";

const MISSING_REQUESTS = 3;
const ASKED_AFTER_MS = 500;
/** @type {Map<string, number>} */
const missingRequests = new Map(); // id -> how often it was asked for
/** @type {Map<Canvas, Payload>} */
const incomplete = new Map(); // canvas -> its payload, which lacks something

// Draw what has come, and what waited for it.
/** @type {(canvas: Canvas, payload: Payload) => void} */
export function takePayload(canvas, payload) {
  draw(canvas, payload);
  for (const [other, waiting] of incomplete) {
    if (other !== canvas) draw(other, waiting);
  }
}

/** @type {(canvas: Canvas, payload: Payload) => void} */
function draw(canvas, payload) {
  const { payloadId } = payload.header;
  if (receive(canvas, payload)) {
    forgetMissing(canvas);
    missingRequests.delete(payloadId);
  } else if (incomplete.get(canvas) !== payload) {
    forgetMissing(canvas);
    incomplete.set(canvas, payload);
    canvas.asking = setTimeout(() => askFor(canvas, payloadId), ASKED_AFTER_MS);
  }
}

// Bounded, so that what can never arrive does not rerun the script for ever.
/** @type {(canvas: Canvas, id: string) => void} */
function askFor(canvas, id) {
  const asked = missingRequests.get(id) ?? 0;
  missingRequests.set(id, asked + 1);
  if (asked < MISSING_REQUESTS) canvas.component.setTriggerValue("missing", id);
}

/** @type {(canvas: Canvas) => void} */
export function forgetMissing(canvas) {
  incomplete.delete(canvas);
  clearTimeout(canvas.asking);
}
