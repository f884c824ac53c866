// What a payload names and this page does not have, it asks for.

const MISSING_REQUESTS = 3;
const missingRequests = new Map(); // id -> how often it was asked for

// Bounded, so that what can never arrive does not rerun the script for ever.
function askFor(stage, id) {
  const asked = missingRequests.get(id) ?? 0;
  missingRequests.set(id, asked + 1);
  if (asked < MISSING_REQUESTS) stage.setTriggerValue("missing", id);
}

function stopAsking(id) {
  missingRequests.delete(id);
}
