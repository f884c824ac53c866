// What a payload names and this page does not have: another canvas may be bringing it just now; else
// it is asked for.

const MISSING_REQUESTS = 3;
const ASKED_AFTER_MS = 500;
const missingRequests = new Map(); // id -> how often it was asked for
const incomplete = new Map(); // stage -> its payload, which lacks something

// Draw what has come, and what waited for it.
function takePayload(stage, payload) {
  draw(stage, payload);
  for (const [other, waiting] of incomplete) {
    if (other !== stage) draw(other, waiting);
  }
}

function draw(stage, payload) {
  const { payloadId } = payload.header;
  if (receive(stage, payload)) {
    forgetMissing(stage);
    missingRequests.delete(payloadId);
  } else if (incomplete.get(stage) !== payload) {
    forgetMissing(stage);
    incomplete.set(stage, payload);
    stage.asking = setTimeout(() => askFor(stage, payloadId), ASKED_AFTER_MS);
  }
}

// Bounded, so that what can never arrive does not rerun the script for ever.
function askFor(stage, id) {
  const asked = missingRequests.get(id) ?? 0;
  missingRequests.set(id, asked + 1);
  if (asked < MISSING_REQUESTS) stage.setTriggerValue("missing", id);
}

function forgetMissing(stage) {
  incomplete.delete(stage);
  clearTimeout(stage.asking);
}
