// Pointer and wheel: zoom, pan, hover, click.

const DRAG_STARTS_AT = 4; // CSS pixels; less is a click with an unsteady hand

function wireGestures(stage) {
  const { overlay, signal } = stage;
  const pointers = new Map();
  let moved = false;

  const at = (event) => {
    const box = overlay.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const on = (name, handler, options = {}) => {
    overlay.addEventListener(name, handler, { ...options, signal });
  };

  on("pointerdown", (event) => {
    // While boxes are edited a drag edits; with the middle button or the space bar it still pans.
    const editing = isEditing(stage);
    if (event.button !== 0 && !(editing && event.button === 1)) return;
    if (event.button === 1) event.preventDefault();
    overlay.setPointerCapture(event.pointerId);
    if (pointers.size === 0) moved = false;
    pointers.set(event.pointerId, { ...at(event), startX: event.clientX, startY: event.clientY });
    if (pointers.size > 1) cancelGesture(stage); // two fingers look, one edits
    else if (editing && event.button === 0 && !stage.spaceHeld) startGesture(stage, at(event), event.pointerType);
  });

  on("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) {
      hoverAt(stage, at(event));
      return;
    }
    const far = Math.hypot(event.clientX - before.startX, event.clientY - before.startY);
    if (!moved && pointers.size === 1 && far < DRAG_STARTS_AT) return;
    moved = true;
    if (stage.gesture) {
      pointers.set(event.pointerId, { ...before, ...at(event) });
      moveGesture(stage, at(event));
      return;
    }
    overlay.classList.add("dragging");
    hoverAt(stage, null);
    const after = { ...before, ...at(event) };
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(stage, before, after, other);
    else pan(stage, after.x - before.x, after.y - before.y);
    pointers.set(event.pointerId, after);
  });

  on("pointerup", (event) => {
    const known = pointers.delete(event.pointerId);
    overlay.classList.remove("dragging");
    if (!known || pointers.size > 0) return;
    finishGesture(stage);
    if (moved) return;
    if (isEditing(stage)) clickObject(stage, at(event), event.pointerType);
    else clickAt(stage, at(event));
  });
  on("pointercancel", (event) => {
    pointers.delete(event.pointerId);
    overlay.classList.remove("dragging");
    cancelGesture(stage);
  });
  on("pointerleave", (event) => {
    // A finger "leaves" as it lifts; what it tapped stays told until the next tap.
    if (event.pointerType !== "touch") hoverAt(stage, null);
  });
  on("dblclick", () => {
    if (isEditing(stage)) return; // two quick clicks on a pile of objects
    undoClick(stage);
    fitView(stage);
  });
  on(
    "wheel",
    (event) => {
      // At "fits", scrolling on (zooming out) belongs to the page: nobody is trapped here.
      if (event.deltaY > 0 && stage.group.view.zoom <= 1) return;
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === 1 ? 33 : 1);
      const speed = event.ctrlKey ? 0.01 : 0.002;
      const { x, y } = at(event);
      zoom(stage, Math.exp(-speed * Math.max(-300, Math.min(300, pixels))), x, y);
    },
    { passive: false },
  );
}

function pinch(stage, before, after, other) {
  const distance = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
  const middle = (point) => [(point.x + other.x) / 2, (point.y + other.y) / 2];
  const [fromX, fromY] = middle(before);
  const [toX, toY] = middle(after);
  pan(stage, toX - fromX, toY - fromY);
  zoom(stage, distance(after) / distance(before), toX, toY);
}
