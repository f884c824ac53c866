// The objects of a canvas: what the page sends, and what is sent to the page once a finished gesture.

/** @import { Editing, ObjectHere, Rect, Stage, StageWithObjects } from "../types.d.ts" */

import { sentSelection } from "../stage/selection.js";

const PAST_KEPT = 100;
const EDITS_OF = Math.random().toString(36).slice(2); // this page load's edits
let editsMade = 0;

// The page's objects are in force, unless it has not yet heard of an edit that was made here.
/** @type {(stage: Stage) => void} */
export function receiveObjects(stage) {
  const { scene, memory } = stage;
  const { editing } = memory;
  const sent = scene.objects;
  if (!sent) {
    stage.objects = stage.gesture = null;
    return;
  }
  const same = editing.photoId === scene.photoId && editing.revision === sent.revision;
  if (!same) {
    Object.assign(editing, { photoId: scene.photoId, revision: sent.revision });
    Object.assign(editing, { past: [], future: [], nextId: 0 });
    stage.waitingFor = stage.gesture = stage.nudgedFrom = null;
  }
  /** @type {ObjectHere[]} */
  const arrived = sent.ids.map((id, i) => {
    const { boxes, numbers, labels, crowd, state } = sent;
    const [number, label] = [numbers[i], labels[i]];
    return { id, box: boxes[i], number, label, crowd: crowd[i], state: state[i] };
  });
  const behind = stage.waitingFor && stage.waitingFor !== sent.edit;
  if (!behind) stage.waitingFor = null;
  let list = arrived;
  if (stage.objects && (behind || stage.gesture || stage.nudgedFrom)) {
    const known = new Map(arrived.map((object) => [object.id, object]));
    list = stage.objects.list.map((object) => {
      const facts = known.get(object.id);
      return facts ? { ...facts, box: object.box } : object;
    });
  } else if (same && editing.last !== boxesAsText(arrived)) {
    Object.assign(editing, { past: [], future: [] }); // changed elsewhere, or an edit was refused
  }
  stage.objects = { ...sent, list };
  editing.last = boxesAsText(list);
  for (const { id } of arrived) editing.nextId = Math.max(editing.nextId, id + 1);
}

/** @type {(list: ObjectHere[]) => string} */
export function boxesAsText(list) {
  return JSON.stringify(list.map(({ id, box }) => [id, box]));
}

/** @type {(stage: StageWithObjects, list: ObjectHere[]) => void} */
export function setObjects(stage, list) {
  stage.objects = { ...stage.objects, list };
}

// What was drawn here: nobody has named it yet, and its number and state are the page's to say.
/** @type {(id: number, box: Rect) => ObjectHere} */
export function newObject(id, box) {
  return { id, box, number: null, label: "", crowd: false, state: null };
}

/** @type {(editing: Editing) => number} */
export function takeId(editing) {
  editing.nextId += 1;
  return editing.nextId - 1;
}

// A finished change: it can be undone, and the page hears of it.
/** @type {(stage: StageWithObjects, before: ObjectHere[]) => void} */
export function commit(stage, before) {
  const { editing } = stage.memory;
  if (boxesAsText(before) === boxesAsText(stage.objects.list)) return;
  editing.past.push(before);
  if (editing.past.length > PAST_KEPT) editing.past.shift();
  editing.future = [];
  sendObjects(stage);
}

/** @type {(stage: StageWithObjects) => void} */
export function sendObjects(stage) {
  const { scene, objects, memory } = stage;
  memory.editing.last = boxesAsText(objects.list);
  editsMade += 1;
  stage.waitingFor = `${EDITS_OF}-${editsMade}`;
  // With the selection, which a gesture changes too: one run of the script, not two.
  clearTimeout(stage.sending);
  stage.send("objects", {
    selected: sentSelection(stage),
    photo: scene.photoId,
    revision: objects.revision,
    edit: stage.waitingFor,
    objects: objects.list.map(({ id, box }) => [id, ...box]),
  });
  stage.refresh();
}
