// Everything that the pointer can do, from the keyboard; the canvas must have the focus.

const PAN_STEP = 60;

function wireKeyboard(stage) {
  const centreZoom = (factor) => zoom(stage, factor, stage.width / 2, stage.height / 2);
  const zoomed = () => stage.group.view.zoom > 1;
  const keys = {
    ArrowLeft: () => zoomed() && (pan(stage, PAN_STEP, 0), true),
    ArrowRight: () => zoomed() && (pan(stage, -PAN_STEP, 0), true),
    ArrowUp: () => zoomed() && (pan(stage, 0, PAN_STEP), true),
    ArrowDown: () => zoomed() && (pan(stage, 0, -PAN_STEP), true),
    "+": () => (centreZoom(1.25), true),
    "=": () => (centreZoom(1.25), true),
    "-": () => (centreZoom(0.8), true),
    0: () => (fitView(stage), true),
    n: () => (step(stage, 1), true),
    "]": () => (step(stage, 1), true),
    p: () => (step(stage, -1), true),
    "[": () => (step(stage, -1), true),
    Escape: () => selectionOf(stage) && (select(stage, null), true),
    o: () => stage.objects && (stepObject(stage, 1), true),
    O: () => stage.objects && (stepObject(stage, -1), true),
    e: () => stage.objects?.editable && (setEditing(stage, true), true),
  };
  const edits = editingKeys(stage);
  stage.overlay.addEventListener(
    "keydown",
    (event) => {
      const editing = isEditing(stage);
      if (editing && isUndo(event)) {
        event.preventDefault();
        if (event.shiftKey || event.key.toLowerCase() === "y") redo(stage);
        else undo(stage);
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (editing && edits[event.key]?.(event.shiftKey)) {
        event.preventDefault();
        return;
      }
      // A key that did nothing (an arrow while all is visible) stays the page's.
      if (keys[event.key]?.()) event.preventDefault();
    },
    { signal: stage.signal },
  );
  for (const name of ["keyup", "blur"]) {
    stage.overlay.addEventListener(name, () => (stage.spaceHeld = false), { signal: stage.signal });
  }
}

function isUndo({ key, ctrlKey, metaKey }) {
  return (ctrlKey || metaKey) && ["z", "y"].includes(key.toLowerCase());
}

// Keys while boxes are edited; what they leave undone is done as always.
function editingKeys(stage) {
  const remove = () => selectedObject(stage) && (removeSelected(stage), true);
  const next = () => (stepObject(stage, 1), true);
  const previous = () => (stepObject(stage, -1), true);
  return {
    ArrowLeft: (shift) => nudge(stage, -1, 0, shift),
    ArrowRight: (shift) => nudge(stage, 1, 0, shift),
    ArrowUp: (shift) => nudge(stage, 0, -1, shift),
    ArrowDown: (shift) => nudge(stage, 0, 1, shift),
    Delete: remove,
    Backspace: remove,
    Enter: () => (addInMiddle(stage), true),
    n: next,
    "]": next,
    p: previous,
    "[": previous,
    Escape: () => cancelGesture(stage),
    " ": () => (stage.spaceHeld = true),
    e: () => (setEditing(stage, false), true),
  };
}

// Select the next or previous box by score; with one cell's anchors shown, go through these.
function step(stage, by) {
  const list = steppable(stage);
  if (list.length === 0) return;
  const current = list.indexOf(selectionOf(stage)?.anchor);
  const first = by > 0 ? 0 : list.length - 1;
  const next = current < 0 ? first : (current + by + list.length) % list.length;
  select(stage, { anchor: list[next], cell: selectionOf(stage)?.cell ?? null });
  bringIntoView(stage, list[next]);
  describeSelected(stage);
}

function steppable(stage) {
  const { memory, anchorLayer, filtered } = stage;
  return memory.controls.anchors === "cell" ? [...anchorLayer.shown] : [...filtered.shown];
}

function bringIntoView(stage, anchor) {
  const { scene } = stage;
  const coords = scene.scored ? scene.boxes : scene.anchors;
  centreRect(stage, rectOnStage(coords, anchor, currentPlace(stage)));
}

function centreRect(stage, [x1, y1, x2, y2]) {
  const { width, height } = stage;
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  if (x < 0 || y < 0 || x > width || y > height) pan(stage, width / 2 - x, height / 2 - y);
}

function describeSelected(stage) {
  stage.told = true;
  const { scene, width, height } = stage;
  const { anchor, object } = selectionOf(stage);
  if (object !== null) {
    describeSelectedObject(stage);
    return;
  }
  const coords = scene.scored ? scene.boxes : scene.anchors;
  const [, y1, x2] = rectOnStage(coords, anchor, currentPlace(stage));
  const lines = describe(scene, anchor);
  showTip(stage.tip, lines, x2, y1, width, height);
  speak(stage, lines.join(". "));
}

function describeSelectedObject(stage) {
  const { scene, tip, width, height } = stage;
  const chosen = selectedObject(stage);
  const lines = describeObject(stage, chosen);
  speak(stage, lines.join(". "));
  if (isEditing(stage) || !isDrawable(chosen)) return;
  stage.told = true;
  const [, y1, x2] = rectOfObject(chosen.box, photoPlace(scene, currentPlace(stage)));
  showTip(tip, lines, x2, y1, width, height);
}
