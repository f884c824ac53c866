// One canvas on the page: its state, what a click means, and when something is drawn.

const MOVING_MS = 140; // after the last move, heavy layers are drawn sharp again
const SEND_AFTER_MS = 250; // long enough for a double-click to take back its clicks
const NARROW = 640; // CSS pixels

function createStage(root) {
  const teardown = new AbortController();
  const stage = {
    root,
    base: root.querySelector(".base"),
    overlay: root.querySelector(".overlay"),
    tip: root.querySelector(".tip"),
    layers: createLayers(),
    signal: teardown.signal,
    width: 1,
    height: 1,
    selection: null,
    hover: null,
    hoverPoint: null,
    objects: null, // ground truth as it is here now, perhaps ahead of the page
    gesture: null, // the drag that is changing an object
    told: false, // the tip is about the selection, not about what is under the pointer
    frame: 0,
  };
  wireToolbar(stage);
  wireSurvivalBar(stage);
  wirePlayback(stage);
  wireGestures(stage);
  wireKeyboard(stage);
  const resized = new ResizeObserver(() => resize(stage));
  resized.observe(root);
  document.addEventListener("fullscreenchange", () => resize(stage), { signal: stage.signal });
  stage.destroy = () => {
    teardown.abort();
    leaveViewGroup(stage);
    forgetMissing(stage);
    resized.disconnect();
    cancelAnimationFrame(stage.frame);
    clearTimeout(stage.sending);
    clearTimeout(stage.settling);
    clearTimeout(stage.speaking);
    clearTimeout(stage.nudging);
    clearTimeout(stage.playing);
  };
  return stage;
}

// ---- what is shown -------------------------------------------------------------------------

// Whether everything that the payload names is here.
function receive(stage, { header, photoBytes }) {
  const photoHere = receivePhoto(header.photoId, photoBytes);
  const wordsHere = receiveWords(header);
  const scene = sceneOf(header);
  if (!scene) return false; // what is shown stays until it has come
  const memory = recall(header.key);
  stage.memory = memory;
  stage.maxHeight = header.maxHeight;
  stage.scene = scene;
  stage.heat = null;
  applyHint(memory, header.viewHint);
  receiveObjects(stage);
  joinViewGroup(stage, header);
  renderLabels(stage);
  receiveSurvival(stage);
  receivePlayback(stage);
  if (!scene.scored && memory.controls.anchors === "off") memory.controls.anchors = "sampled";
  const note = stage.root.querySelector(".note");
  note.textContent = scene.note;
  note.hidden = !scene.note;
  resize(stage);
  refresh(stage);
  if (stage.told && selectionOf(stage)) describeSelected(stage);
  else hoverAt(stage, stage.hoverPoint);
  receiveChosen(stage, header.chosen);
  return photoHere && wordsHere;
}

// A box that the page selected, once.
function receiveChosen(stage, chosen) {
  if (!chosen || chosen.number === stage.memory.chosen) return;
  stage.memory.chosen = chosen.number;
  select(stage, { anchor: chosen.anchor, cell: null });
}

// Whether the photo is here or is being decoded.
function receivePhoto(id, bytes) {
  if (getPhoto(id) || isDecoding(id)) return true;
  if (!bytes) return false;
  decodePhoto(id, bytes).then(() => {
    for (const stage of stagesHere()) {
      if (stage.scene.photoId === id) invalidate(stage, { base: true });
    }
  });
  return true;
}

// After a change of scene or controls: what is shown, and all words about it.
function refresh(stage) {
  const { scene, memory, root } = stage;
  const { controls, hiddenLevels } = memory;
  stage.filtered = playedBoxes(stage) ?? filterBoxes(scene, controls, hiddenLevels);
  renderLevels(stage);
  renderClasses(stage);
  refreshCell(stage);
  renderToolbar(stage);
  renderSurvivalBar(stage);
  renderPlayback(stage);
  renderEditing(stage);
  renderLegend(root.querySelector(".legend"), stage);
  const status = statusText(stage);
  if (status !== stage.status) speak(stage, status);
  stage.status = status;
  root.querySelector(".status").textContent = status;
  stage.heat = heatLayer(stage);
  invalidate(stage, { boxes: true });
}

function refreshCell(stage) {
  const { scene, memory } = stage;
  const { controls, hiddenLevels } = memory;
  const cell = controls.anchors === "cell" ? pinnedCell(stage) : null;
  const passes = anchorFilter(scene, memory);
  // The same list as before, where it would be equal: it need not be drawn again then.
  const asked = [scene.levels, controls.anchors, String(cell), String([...hiddenLevels].sort())];
  if (!passes && stage.anchorLayer?.asked?.every((part, i) => part === asked[i])) return;
  const found = filterAnchors(scene, controls.anchors, cell, hiddenLevels, passes);
  stage.anchorLayer = { ...found, asked: passes ? null : asked };
}

// The cell whose anchors are shown: the one chosen, else the one in the middle of the photo.
function pinnedCell(stage) {
  const chosen = selectionOf(stage)?.cell;
  if (chosen) return chosen;
  const [height, width] = stage.scene.imageHw;
  return cellAt(stage.scene, stage.memory.controls.cellLevel, width / 2, height / 2);
}

function heatLayer({ scene, memory }) {
  const { heatLevel, heatShape } = memory.controls;
  if (!scene.scored || heatLevel === "off") return null;
  if (heatLevel === "max") return heatOfAll(scene, memory.hiddenLevels);
  return heatOfLevel(scene, Number(heatLevel), heatShape);
}

function speak(stage, text) {
  clearTimeout(stage.speaking);
  stage.speaking = setTimeout(() => {
    stage.root.querySelector(".spoken").textContent = text;
  }, 500);
}

// ---- selection -----------------------------------------------------------------------------

// Only while its photo and grid are shown, an object only while its photo is: the same rule as
// read_selection in Python.
function selectionOf(stage) {
  const { selection, scene, objects } = stage;
  if (!selection) return null;
  if (selection.object === null) return selection.layout === scene.layout ? selection : null;
  const there = objects?.list.some(({ id }) => id === selection.object);
  return there && selection.photo === scene.photoId ? selection : null;
}

function selectionOfObject({ scene }, object) {
  return { layout: scene.layout, photo: scene.photoId, anchor: null, cell: null, object };
}

function select(stage, chosen) {
  const { layout, photoId: photo } = stage.scene;
  stage.selection = chosen && {
    layout,
    photo,
    anchor: chosen.anchor,
    cell: chosen.cell,
    object: chosen.object ?? null,
  };
  hoverAt(stage, null);
  clearTimeout(stage.sending);
  stage.sending = setTimeout(() => {
    stage.setStateValue("selected", sentSelection(stage));
  }, SEND_AFTER_MS);
  refresh(stage);
}

// Numbered, because a selection also travels with edited objects, and the later one counts.
function sentSelection(stage) {
  stage.memory.selections += 1;
  return { ...stage.selection, number: stage.memory.selections };
}

function clickAt(stage, { x, y }) {
  const { controls } = stage.memory;
  stage.beforeClick ??= { selection: stage.selection, anchors: controls.anchors };
  setTimeout(() => (stage.beforeClick = null), 2 * SEND_AFTER_MS);
  const place = currentPlace(stage);
  const [px, py] = toImage(place, x, y);
  const boxes = controls.anchors === "cell" ? [] : boxesUnder(stage, px, py, place).pile;
  const objects = objectsUnder(stage, { x, y }, place, boxes.length === 0);
  if (objects.length > 0) {
    selectObject(stage, nextOf(objects, selectionOf(stage)?.object));
  } else if (boxes.length > 0) {
    select(stage, { anchor: nextOf(boxes, selectionOf(stage)?.anchor), cell: null });
  } else {
    clickCell(stage, px, py);
  }
  hoverAt(stage, { x, y });
}

function clickCell(stage, px, py) {
  const { scene, memory } = stage;
  const [height, width] = scene.imageHw;
  const inside = px >= 0 && py >= 0 && px < width && py < height;
  const cell = inside ? cellAt(scene, memory.controls.cellLevel, px, py) : null;
  if (!cell) {
    if (selectionOf(stage)) select(stage, null);
    return;
  }
  const before = selectionOf(stage);
  const again = memory.controls.anchors === "cell" && String(before?.cell) === String(cell);
  memory.controls.anchors = "cell";
  const bySize = [...anchorsOfCell(scene, cell)].sort((a, b) => areaOf(scene, a) - areaOf(scene, b));
  select(stage, { anchor: again ? (nextOf(bySize, before.anchor) ?? null) : null, cell });
}

function areaOf({ anchors }, i) {
  return (anchors[i * 4 + 2] - anchors[i * 4]) * (anchors[i * 4 + 3] - anchors[i * 4 + 1]);
}

// A double-click means "fit": its two clicks select nothing.
function undoClick(stage) {
  if (!stage.beforeClick) return;
  clearTimeout(stage.sending);
  stage.selection = stage.beforeClick.selection;
  stage.memory.controls.anchors = stage.beforeClick.anchors;
  stage.beforeClick = null;
  refresh(stage);
}

// The boxes under a point or, where anchors tell of classes or values, the anchors.
function boxesUnder({ scene, memory, filtered, anchorLayer }, px, py, place) {
  const slack = 2 / place.scale;
  const boxes = scene.scored ? boxesAt(scene.boxes, filtered.shown, px, py, slack) : [];
  const telling = colouring(scene, memory.controls) in LINES_BY;
  if (boxes.length > 0 || !telling) return { pile: boxes, asAnchor: false };
  return { pile: boxesAt(scene.anchors, anchorLayer.shown, px, py, slack), asAnchor: true };
}

// Objects whose line or name is under a point; where nothing else is, those around it too.
function objectsUnder(stage, point, place, around) {
  if (!stage.objects || !areObjectsShown(stage)) return [];
  const free = around && stage.memory.controls.anchors !== "cell";
  return objectsAt(stage, point, place, GRAB / 2, free).map(({ id }) => id);
}

function areObjectsShown(stage) {
  return stage.memory.controls.objects || isEditing(stage);
}

// ---- hover ---------------------------------------------------------------------------------

function hoverAt(stage, point) {
  stage.told = false;
  stage.hoverPoint = point;
  invalidate(stage, { hover: true });
}

function resolveHover(stage, place) {
  const { scene, memory, hoverPoint, tip } = stage;
  stage.hover = null;
  if (isEditing(stage)) {
    tip.hidden = true;
    if (!stage.gesture) showIntent(stage, hoverPoint);
    return;
  }
  if (stage.told) return;
  if (!hoverPoint) {
    tip.hidden = true;
    return;
  }
  const [px, py] = toImage(place, hoverPoint.x, hoverPoint.y);
  let lines = null;
  const { pile, asAnchor } = boxesUnder(stage, px, py, place);
  const [object] = objectsUnder(stage, hoverPoint, place, pile.length === 0);
  if (object !== undefined) {
    stage.hover = { object };
    lines = describeObject(stage, stage.objects.list.find(({ id }) => id === object));
  } else if (memory.controls.anchors === "cell") {
    const cell = cellAt(scene, memory.controls.cellLevel, px, py);
    stage.hover = cell && { cell };
    lines = cell && describeCell(scene, cell);
  } else {
    const chosen = selectionOf(stage)?.anchor;
    const anchor = pile.includes(chosen) ? chosen : pile[0];
    stage.hover = anchor === undefined ? null : { anchor, asAnchor };
    lines = stage.hover && describe(scene, anchor, asAnchor);
  }
  if (lines) showTip(tip, lines, hoverPoint.x, hoverPoint.y, stage.width, stage.height);
  else tip.hidden = true;
}

// ---- drawing -------------------------------------------------------------------------------

function resize(stage) {
  if (!stage.scene) return;
  const { root, base, overlay, scene } = stage;
  const box = root.querySelector(".stage");
  const full = document.fullscreenElement !== null && root.matches(":fullscreen");
  const [imageH, imageW] = scene.imageHw;
  root.classList.toggle("narrow", root.clientWidth < NARROW);
  const most = Math.min(stage.maxHeight, 0.8 * window.innerHeight);
  const height = Math.round(Math.max(200, Math.min(most, (box.clientWidth * imageH) / imageW)));
  box.style.height = full ? "" : `${height}px`;
  stage.width = box.clientWidth;
  stage.height = box.clientHeight;
  stage.ratio = window.devicePixelRatio || 1;
  const [w, h] = [stage.width, stage.height].map((side) => {
    return Math.max(1, Math.round(side * stage.ratio));
  });
  for (const canvas of [base, overlay]) {
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  }
  sizeLayers(stage, w, h);
  invalidate(stage, { boxes: true });
}

// Ask for one frame; nothing runs while nothing changes.
function invalidate(stage, what) {
  stage.stale = { ...stage.stale, ...what };
  if (what.moving) {
    stage.moving = true;
    clearTimeout(stage.settling);
    stage.settling = setTimeout(() => {
      stage.moving = false;
      invalidate(stage, { base: true });
    }, MOVING_MS);
  }
  if (!stage.frame) stage.frame = requestAnimationFrame(() => drawFrame(stage));
}

function drawFrame(stage) {
  stage.frame = 0;
  const { stale, scene } = stage;
  if (!scene || stage.width < 2) return;
  stage.stale = {};
  const place = currentPlace(stage);
  if (stale.hover) resolveHover(stage, place);
  if (stale.boxes || stale.base || stale.moving) {
    drawLayers(stage, place);
    const { base } = stage;
    const context = base.getContext("2d");
    context.clearRect(0, 0, base.width, base.height);
    placeLayers(context, stage, place);
  }
  drawOverlay(stage, place);
  tell(stage, place);
}

function drawOverlay(stage, place) {
  const { overlay, scene, memory, filtered, hover, ratio } = stage;
  const context = overlay.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, overlay.width, overlay.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { controls } = memory;
  if (scene.scored && controls.offsets) drawOffsets(context, scene, filtered.shown, place);
  if (stage.objects && areObjectsShown(stage)) drawObjects(context, stage, place);
  drawPlayback(context, stage, place);
  const pinned = controls.anchors === "cell" && pinnedCell(stage);
  if (pinned) drawCell(context, scene, pinned, place, "#ffffff");
  if (hover?.cell) drawCell(context, scene, hover.cell, place, "#f0e442");
  if (hover && "anchor" in hover) {
    const coords = hover.asAnchor ? scene.anchors : scene.boxes;
    outline(context, rectOnStage(coords, hover.anchor, place), "#f0e442", 2.5);
  }
  const chosen = selectionOf(stage)?.anchor;
  if (chosen !== null && chosen !== undefined) drawSelected(context, scene, chosen, place);
}

// What was painted, readable from outside: for tests and for measuring.
function tell(stage, place) {
  const { root, scene, filtered, anchorLayer, memory } = stage;
  const selection = selectionOf(stage);
  Object.assign(root.dataset, {
    shown: filtered.shown.length,
    total: filtered.total,
    anchorsShown: anchorLayer.shown.length,
    scale: place.scale,
    zoom: stage.group.view.zoom,
    left: place.left,
    top: place.top,
    payloadId: scene.id,
    photo: getPhoto(scene.photoId) ? "ready" : "waiting",
    selected: selection?.anchor ?? "",
    cell: selection?.cell?.join(",") ?? "",
    object: selection?.object ?? "",
    objects: toldObjects(stage),
    pending: stage.waitingFor ?? "", // an edit that the page has not yet received
    kept: scene.kept?.length ?? 0,
    nmsThresh: scene.survival ? thresholdShown(stage) : "",
    step: memory.playback.on ? memory.playback.step : "",
  });
  afterPaint(() => (root.dataset.paintedAt = performance.now()));
}

// As text only when they changed: this runs in every frame.
function toldObjects(stage) {
  const list = stage.objects?.list ?? null;
  if (stage.toldList !== list) Object.assign(stage, { toldList: list, toldText: boxesAsText(list ?? []) });
  return stage.toldText ?? "[]";
}

// A message posted from a frame arrives after that frame was handed to the compositor.
function afterPaint(then) {
  const channel = new MessageChannel();
  channel.port1.onmessage = then;
  channel.port2.postMessage(null);
}
