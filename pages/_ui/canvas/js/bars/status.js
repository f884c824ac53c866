// How much of what there is is shown, in words.

/** @import { ObjectHere, Stage } from "../types.d.ts" */

import { ntr, number, tr } from "../../../scripts/words.js";
import { MOST_ARROWS } from "../drawing/overlay.js";
import { isDrawable } from "../objects/places.js";
import { showsObjects } from "../stage/memory.js";

/** @type {(stage: Stage) => string} */
export function statusText(stage) {
  const { scene, filtered, anchorLayer, memory } = stage;
  const { controls } = memory;
  const parts = [];
  if (scene.scored && (controls.proposals || controls.suppressed || controls.candidates)) {
    parts.push(boxesShown(stage));
  }
  if (scene.scored && scene.grid && controls.offsets && filtered.shown.length > MOST_ARROWS) {
    parts.push(tr("offsets of the best {count}", { count: MOST_ARROWS }));
  }
  if (controls.anchors !== "off") {
    const { shown, total } = anchorLayer;
    const facts = { shown: number(shown.length) };
    parts.push(ntr("{shown} of {count} anchor shown", "{shown} of {count} anchors shown", total, facts));
  }
  if (showsObjects(stage)) parts.push(objectsShown(stage.objects.list));
  return parts.join(", ") || tr("No boxes: every layer of boxes is off");
}

/** @type {(stage: Stage) => string} */
function boxesShown({ filtered, memory }) {
  const { proposals, suppressed, candidates } = memory.controls;
  const facts = { shown: number(filtered.shown.length) };
  const { total } = filtered;
  if (proposals && !suppressed && !candidates) {
    return ntr(
      "{shown} of {count} proposal shown",
      "{shown} of {count} proposals shown",
      total,
      facts,
    );
  }
  if (suppressed && !proposals && !candidates) {
    return ntr(
      "{shown} of {count} suppressed box shown",
      "{shown} of {count} suppressed boxes shown",
      total,
      facts,
    );
  }
  return ntr("{shown} of {count} box shown", "{shown} of {count} boxes shown", total, facts);
}

/** @type {(list: ObjectHere[]) => string} */
function objectsShown(list) {
  const bad = list.filter((object) => !isDrawable(object)).length;
  if (!bad) return ntr("{count} object", "{count} objects", list.length);
  return ntr(
    "{count} object, {bad} of them without a box that can be drawn",
    "{count} objects, {bad} of them without a box that can be drawn",
    list.length,
    { bad: number(bad) },
  );
}
