// Drawing, moving, resizing and deleting ground-truth objects. All of it happens here; the page is
// told once a finished gesture. Boxes are in whole pixels of the original photo where drawn.

const PAST_KEPT = 100;
const NUDGE = 4; // CSS pixels a key press; zoomed in, it is fewer pixels of the photo
const NUDGE_ENDS_MS = 400; // without another key, a row of presses is one gesture
const EDITS_OF = Math.random().toString(36).slice(2); // this page load's edits
let editsMade = 0;

function isEditing({ objects, memory }) {
  return Boolean(objects?.editable && memory.editing.on);
}

function selectedObject(stage) {
  const id = selectionOf(stage)?.object;
  return stage.objects?.list.find((object) => object.id === id) ?? null;
}

// ---- what the page sends ---------------------------------------------------------------------

// The page's objects are in force, unless it has not yet heard of an edit that was made here.
function receiveObjects(stage) {
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

// Its number and its state are the page's to say.
function newObject(id) {
  return { id, number: null, label: "", crowd: false, state: null };
}

function boxesAsText(list) {
  return JSON.stringify(list.map(({ id, box }) => [id, box]));
}

// ---- what is sent to the page ----------------------------------------------------------------

function setObjects(stage, list) {
  stage.objects = { ...stage.objects, list };
}

// A finished change: it can be undone, and the page hears of it.
function commit(stage, before) {
  const { editing } = stage.memory;
  if (boxesAsText(before) === boxesAsText(stage.objects.list)) return;
  editing.past.push(before);
  if (editing.past.length > PAST_KEPT) editing.past.shift();
  editing.future = [];
  sendObjects(stage);
}

function sendObjects(stage) {
  const { scene, objects, memory } = stage;
  memory.editing.last = boxesAsText(objects.list);
  editsMade += 1;
  stage.waitingFor = `${EDITS_OF}-${editsMade}`;
  // With the selection, which a gesture changes too: one run of the script, not two.
  clearTimeout(stage.sending);
  stage.setStateValue("objects", {
    selected: sentSelection(stage),
    photo: scene.photoId,
    revision: objects.revision,
    edit: stage.waitingFor,
    objects: objects.list.map(({ id, box }) => [id, ...box]),
  });
  refresh(stage);
}

function undo(stage) {
  const count = travel(stage, "past", "future");
  if (count !== null) speak(stage, ntr("Undone. {count} object", "Undone. {count} objects", count));
}

function redo(stage) {
  const count = travel(stage, "future", "past");
  if (count !== null) speak(stage, ntr("Redone. {count} object", "Redone. {count} objects", count));
}

// The number of objects after it; null where there is nothing to undo or redo.
function travel(stage, from, to) {
  endNudge(stage);
  const { editing } = stage.memory;
  const list = editing[from].pop();
  if (!list) return null;
  editing[to].push(stage.objects.list);
  setObjects(stage, list);
  sendObjects(stage);
  return list.length;
}

function removeSelected(stage) {
  endNudge(stage);
  const chosen = selectedObject(stage);
  if (!chosen || stage.gesture) return;
  const before = stage.objects.list;
  const place = before.indexOf(chosen);
  setObjects(stage, before.filter((object) => object !== chosen));
  const next = stage.objects.list[Math.min(place, before.length - 2)];
  selectObject(stage, next?.id ?? null);
  commit(stage, before);
}

function selectObject(stage, id) {
  select(stage, id === null ? null : { anchor: null, cell: null, object: id });
}

function setEditing(stage, on) {
  endNudge(stage);
  cancelGesture(stage);
  stage.memory.editing.on = on;
  if (!on) stage.overlay.style.cursor = "";
  hoverAt(stage, null);
  showView(stage);
  refresh(stage);
}

// ---- boxes -----------------------------------------------------------------------------------

function hold(value, low, high) {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

// Inside the photo and not too small to be meant; unchanged where it is both.
function heldBox({ scene, objects }, [x1, y1, x2, y2]) {
  const side = (from, to, length) => {
    const least = Math.min(objects.minSide, length);
    const low = hold(Math.min(from, to), 0, length - least);
    return [low, hold(Math.max(from, to), low + least, length)];
  };
  const [left, right] = side(x1, x2, scene.originalHw[1]);
  const [top, bottom] = side(y1, y2, scene.originalHw[0]);
  return [left, top, right, bottom];
}

function movedBox(stage, box, dx, dy) {
  const [x1, y1, x2, y2] = heldBox(stage, box);
  const [height, width] = stage.scene.originalHw;
  const [x, y] = [hold(Math.round(dx), -x1, width - x2), hold(Math.round(dy), -y1, height - y2)];
  return [x1 + x, y1 + y, x2 + x, y2 + y];
}

// The sides that a handle holds follow the pointer, as far as the opposite ones.
function resizedBox(stage, box, [h, v], dx, dy) {
  const [x1, y1, x2, y2] = heldBox(stage, box);
  const { minSide } = stage.objects;
  const [height, width] = stage.scene.originalHw;
  const side = (part, low, high, by, length) => {
    const least = Math.min(minSide, length);
    if (part === 0) return [hold(Math.round(low + by), 0, high - least), high];
    if (part === 1) return [low, hold(Math.round(high + by), low + least, length)];
    return [low, high];
  };
  const [left, right] = side(h, x1, x2, dx, width);
  const [top, bottom] = side(v, y1, y2, dy, height);
  return [left, top, right, bottom];
}

// ---- pointer ---------------------------------------------------------------------------------

// What a press would do: resize or move the selected object, take another by its line, or draw.
function intentAt(stage, point, reach) {
  const place = currentPlace(stage);
  const at = photoPlace(stage.scene, place);
  const chosen = selectedObject(stage);
  if (chosen && isDrawable(chosen)) {
    const rect = rectOfObject(chosen.box, at);
    const handle = handleAt(rect, point, Math.max(reach, HANDLE));
    if (handle) return { kind: "resize", id: chosen.id, handle };
    if (isInside(rect, point, reach)) return { kind: "move", id: chosen.id };
  }
  const touched = objectsAt(stage, point, place, reach, false)[0];
  if (touched) return { kind: "move", id: touched.id };
  return { kind: "draw", id: null };
}

function reachOf(pointerType) {
  return pointerType === "touch" ? FINGER_GRAB : GRAB;
}

function startGesture(stage, point, pointerType) {
  endNudge(stage);
  const intent = intentAt(stage, point, reachOf(pointerType));
  if (intent.kind === "draw" && stage.objects.list.length >= stage.objects.most) return;
  stage.gesture = { ...intent, from: point, before: stage.objects.list, moved: false };
}

function moveGesture(stage, point) {
  const { gesture, scene, memory } = stage;
  const at = photoPlace(scene, currentPlace(stage));
  const [fromX, fromY] = pointOfPhoto(gesture.from, at);
  const [toX, toY] = pointOfPhoto(point, at);
  if (!gesture.moved) {
    gesture.moved = true;
    if (gesture.kind === "draw") {
      gesture.id = memory.editing.nextId;
      memory.editing.nextId += 1;
    }
    stage.selection = selectionOfObject(stage, gesture.id);
  }
  const old = gesture.before.find(({ id }) => id === gesture.id);
  const box = {
    draw: () => heldBox(stage, [fromX, fromY, toX, toY].map(Math.round)),
    move: () => movedBox(stage, old.box, toX - fromX, toY - fromY),
    resize: () => resizedBox(stage, old.box, gesture.handle, toX - fromX, toY - fromY),
  }[gesture.kind]();
  setObjects(
    stage,
    old
      ? gesture.before.map((object) => (object === old ? { ...object, box } : object))
      : [...gesture.before, { ...newObject(gesture.id), box }],
  );
  invalidate(stage, { hover: true });
}

function finishGesture(stage) {
  const { gesture } = stage;
  stage.gesture = null;
  if (!gesture?.moved) return;
  commit(stage, gesture.before);
  const chosen = selectedObject(stage);
  if (chosen) speak(stage, describeObject(stage, chosen).join(". "));
}

function cancelGesture(stage) {
  const { gesture } = stage;
  stage.gesture = null;
  if (!gesture?.moved) return false;
  setObjects(stage, gesture.before);
  invalidate(stage, { hover: true });
  return true;
}

// A click takes the next object of the pile under the pointer, or none.
function clickObject(stage, point, pointerType) {
  const reach = reachOf(pointerType);
  const pile = objectsAt(stage, point, currentPlace(stage), reach, true).map(({ id }) => id);
  selectObject(stage, pile.length ? nextOf(pile, selectionOf(stage)?.object) : null);
}

function showIntent(stage, point) {
  const { kind, handle } = point ? intentAt(stage, point, GRAB) : { kind: "draw" };
  const diagonal = handle && handle[0] !== 0.5 && handle[1] !== 0.5;
  const along = handle && (handle[0] === 0.5 ? "ns-resize" : "ew-resize");
  const across = handle && (handle[0] === handle[1] ? "nwse-resize" : "nesw-resize");
  const cursors = { resize: diagonal ? across : along, move: "move", draw: "crosshair" };
  stage.overlay.style.cursor = cursors[kind];
}

// ---- keyboard --------------------------------------------------------------------------------

// Move or (with Shift) resize the selected object; false when none is selected.
function nudge(stage, x, y, resize) {
  const chosen = selectedObject(stage);
  if (!chosen || !isDrawable(chosen) || stage.gesture) return false;
  const at = photoPlace(stage.scene, currentPlace(stage));
  const dx = x * Math.max(1, Math.round(NUDGE / at.x));
  const dy = y * Math.max(1, Math.round(NUDGE / at.y));
  stage.nudgedFrom ??= stage.objects.list;
  const box = resize
    ? resizedBox(stage, chosen.box, [x ? 1 : 0.5, y ? 1 : 0.5], dx, dy)
    : movedBox(stage, chosen.box, dx, dy);
  const list = stage.objects.list;
  setObjects(stage, list.map((object) => (object === chosen ? { ...object, box } : object)));
  invalidate(stage, { hover: true });
  clearTimeout(stage.nudging);
  stage.nudging = setTimeout(() => endNudge(stage), NUDGE_ENDS_MS);
  return true;
}

function endNudge(stage) {
  clearTimeout(stage.nudging);
  const before = stage.nudgedFrom;
  stage.nudgedFrom = null;
  if (!before) return;
  commit(stage, before);
  const chosen = selectedObject(stage);
  if (chosen) speak(stage, describeObject(stage, chosen).join(". "));
}

// A new object in the middle of what is seen, a quarter as wide and as high.
function addInMiddle(stage) {
  endNudge(stage);
  const { scene, objects, memory, width, height } = stage;
  if (objects.list.length >= objects.most) return;
  const at = photoPlace(scene, currentPlace(stage));
  const corner = (part) => pointOfPhoto({ x: width * part, y: height * part }, at).map(Math.round);
  const box = heldBox(stage, [...corner(0.375), ...corner(0.625)]);
  const id = memory.editing.nextId;
  memory.editing.nextId += 1;
  const before = objects.list;
  setObjects(stage, [...before, { ...newObject(id), box }]);
  selectObject(stage, id);
  commit(stage, before);
  speak(stage, describeObject(stage, selectedObject(stage)).join(". "));
}

function stepObject(stage, by) {
  const { list } = stage.objects;
  if (list.length === 0) return;
  const current = list.indexOf(selectedObject(stage));
  const first = by > 0 ? 0 : list.length - 1;
  const next = list[current < 0 ? first : (current + by + list.length) % list.length];
  selectObject(stage, next.id);
  if (isDrawable(next)) {
    centreRect(stage, rectOfObject(next.box, photoPlace(stage.scene, currentPlace(stage))));
  }
  describeSelectedObject(stage);
}
