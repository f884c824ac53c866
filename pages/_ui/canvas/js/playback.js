// Greedy NMS step by step, as the ledger recorded it: each step takes the best box that is left
// and names those that it suppresses.

const PLAY_MS = 450;
const MOST_TOLD = 6;
const MOST_IOU_TAGS = 12;

const PLAYBACK_BAR = `
  <button type="button" class="chip" data-play="on" data-label="playback"></button>
  <span class="group playing">
    <button type="button" class="chip" data-play="first" data-label="playFirst">|◀</button>
    <button type="button" class="chip" data-play="back" data-label="playBack">◀</button>
    <button type="button" class="chip" data-play="run"></button>
    <button type="button" class="chip" data-play="next" data-label="playNext">▶</button>
    <input type="range" data-play="range" data-label="playRange" min="0" step="1">
    <button type="button" class="chip" data-play="jump" data-label="playJump"></button>
  </span>
  <span class="playing" data-play="words"></span>`;

function wirePlayback(stage) {
  const bar = document.createElement("div");
  bar.className = "nmsbar playbar";
  bar.setAttribute("role", "group");
  bar.dataset.label = "playbar";
  bar.innerHTML = PLAYBACK_BAR;
  stage.nmsBar.bar.after(bar);
  const part = (name) => bar.querySelector(`[data-play="${name}"]`);
  stage.playBar = { bar, part };
  const move = (by) => {
    stopPlaying(stage);
    goToStep(stage, stage.memory.playback.step + by);
  };
  const actions = {
    on: () => setPlayback(stage, !stage.memory.playback.on),
    first: () => move(-Infinity),
    back: () => move(-1),
    next: () => move(1),
    run: () => (stage.playing ? stopPlaying(stage) : playOn(stage)),
    jump: () => jumpToSelected(stage),
  };
  for (const [name, act] of Object.entries(actions)) part(name).addEventListener("click", act);
  part("range").addEventListener("input", () => {
    stopPlaying(stage);
    goToStep(stage, Number(part("range").value));
  });
}

function setPlayback(stage, on) {
  const { scene, memory } = stage;
  memory.playback.on = on;
  stopPlaying(stage);
  memory.tried = null;
  tryThreshold(scene, null);
  refresh(stage);
}

function stopPlaying(stage) {
  clearTimeout(stage.playing);
  stage.playing = null;
  if (stage.playBar) renderRun(stage);
}

function playOn(stage) {
  const { step } = stage.memory.playback;
  const last = stepsOf(stage.scene).length - 1;
  if (step >= last) goToStep(stage, 0);
  const again = () => {
    goToStep(stage, stage.memory.playback.step + 1);
    const more = stage.memory.playback.step < stepsOf(stage.scene).length - 1;
    stage.playing = more ? setTimeout(again, PLAY_MS) : null;
    renderRun(stage);
  };
  stage.playing = setTimeout(again, PLAY_MS);
  renderRun(stage);
}

function goToStep(stage, step) {
  const last = Math.max(0, stepsOf(stage.scene).length - 1);
  stage.memory.playback.step = Math.max(0, Math.min(last, step));
  refresh(stage);
}

// The step of a survivor is its own; of a suppressed box it is its suppressor's.
function jumpToSelected(stage) {
  const { scene, memory } = stage;
  const step = stepOf(scene, selectionOf(stage)?.anchor);
  if (step < 0) return;
  stopPlaying(stage);
  memory.playback.on = true;
  goToStep(stage, step);
}

function stepOf(scene, anchor) {
  if (anchor === null || anchor === undefined || !scene.survival) return -1;
  const by = scene.survival.ledger.suppressedBy[anchor];
  return stepsOf(scene).indexOf(by >= 0 ? by : anchor);
}

// Survivors, best first.
function stepsOf({ survival }) {
  survival.steps ??= survival.order.filter((anchor) => {
    return survival.ledger.fate[anchor] !== FATE_SUPPRESSED;
  });
  return survival.steps;
}

// From survivor to those that it suppresses, best score first.
function victimsOf({ survival }) {
  if (!survival.victims) {
    survival.victims = new Map();
    for (const anchor of survival.order) {
      const by = survival.ledger.suppressedBy[anchor];
      if (by < 0) continue;
      if (!survival.victims.has(by)) survival.victims.set(by, []);
      survival.victims.get(by).push(anchor);
    }
  }
  return survival.victims;
}

// How many candidates are decided after each step.
function decidedAfter(scene) {
  const { survival } = scene;
  if (!survival.decided) {
    let sum = 0;
    survival.decided = stepsOf(scene).map((anchor) => {
      sum += 1 + (victimsOf(scene).get(anchor)?.length ?? 0);
      return sum;
    });
  }
  return survival.decided;
}

// The best candidates that are still undecided after a step.
function queueHead(scene, step) {
  const { order, ledger } = scene.survival;
  const places = Array.from(stepsOf(scene), (anchor, place) => [anchor, place]);
  const rankOfStep = (scene.survival.rankOfStep ??= new Map(places));
  const head = [];
  for (const anchor of order) {
    const by = ledger.suppressedBy[anchor];
    if (rankOfStep.get(by >= 0 ? by : anchor) > step) head.push(anchor);
    if (head.length === 3) break;
  }
  return head;
}

function receivePlayback(stage) {
  const { scene, memory } = stage;
  if (!scene.survival) {
    memory.playback.on = false;
    stopPlaying(stage);
  } else {
    memory.playback.step = Math.min(memory.playback.step, Math.max(0, stepsOf(scene).length - 1));
  }
}

// While NMS is played: the boxes kept so far.
function playedBoxes({ scene, memory }) {
  const { on, step } = memory.playback;
  if (!scene.survival || !on) return null;
  const steps = stepsOf(scene);
  const shown = steps.slice(0, step + 1).slice(-MOST_DRAWN);
  return { shown: Int32Array.from(shown), total: steps.length };
}

// The step's own box and those that it suppresses, each with its IoU.
function drawPlayback(context, stage, place) {
  const { scene, memory } = stage;
  const { on, step } = memory.playback;
  const current = scene.survival && on ? stepsOf(scene)[step] : undefined;
  if (current === undefined) return;
  const { colour, width, dash } = scene.palette.fates[FATE_SUPPRESSED];
  const victims = victimsOf(scene).get(current) ?? [];
  const cased = victims.length <= MOST_IOU_TAGS;
  for (const victim of victims) {
    const rect = rectOnStage(scene.boxes, victim, place);
    if (cased) outline(context, rect, colour, width, dash);
    else plainOutline(context, rect, colour, dash);
  }
  outline(context, rectOnStage(scene.boxes, current, place), "#f0e442", 3);
  for (const victim of victims.slice(0, MOST_IOU_TAGS)) {
    const [x1, , , y2] = rectOnStage(scene.boxes, victim, place);
    iouTag(context, stage, x1, y2, scene.suppressedIou[victim].toFixed(2));
  }
}

// Without a casing: many of those would black out the photo.
function plainOutline(context, [x1, y1, x2, y2], colour, dash) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.setLineDash([]);
}

function iouTag(context, stage, x, y, text) {
  context.font = "600 10px system-ui, sans-serif";
  const width = context.measureText(text).width + 6;
  const left = Math.max(1, Math.min(x, stage.width - width - 1));
  const top = Math.max(1, Math.min(y - 14, stage.height - 14));
  context.fillStyle = "rgba(0, 0, 0, 0.72)";
  context.fillRect(left, top, width, 13);
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(text, left + 3, top + 7);
}

function renderRun(stage) {
  const run = stage.playBar.part("run");
  run.textContent = stage.playing ? tr("Pause") : tr("Play");
}

function renderPlayback(stage) {
  const { bar, part } = stage.playBar;
  const { scene, memory } = stage;
  const { on, step } = memory.playback;
  bar.hidden = !scene.survival || scene.survival.order.length === 0;
  if (bar.hidden) return;
  part("on").setAttribute("aria-pressed", String(on));
  part("jump").disabled = stepOf(scene, selectionOf(stage)?.anchor) < 0;
  for (const element of bar.querySelectorAll(".playing")) element.hidden = !on;
  renderRun(stage);
  if (!on) return;
  const steps = stepsOf(scene);
  part("range").max = String(steps.length - 1);
  part("range").value = String(step);
  part("back").disabled = part("first").disabled = step === 0;
  part("next").disabled = step === steps.length - 1;
  part("words").textContent = stepWords(scene, step);
}

function stepWords(scene, step) {
  return tr("{step}; {queue}", { step: whatHappens(scene, step), queue: whatIsLeft(scene, step) });
}

function whatHappens(scene, step) {
  const steps = stepsOf(scene);
  const current = steps[step];
  const victims = victimsOf(scene).get(current) ?? [];
  const ious = victims.map((victim) => scene.suppressedIou[victim].toFixed(2));
  const facts = {
    step: number(step + 1),
    steps: number(steps.length),
    box: boxName(scene, current),
    score: scene.scores[current].toFixed(3),
    suppressed: number(ious.length),
    ious: ious.slice(0, MOST_TOLD).join(", "),
    more: number(Math.max(0, ious.length - MOST_TOLD)),
  };
  if (ious.length === 0) {
    return tr("Step {step} of {steps}: {box}, score {score}, suppresses nothing", facts);
  }
  if (ious.length <= MOST_TOLD) {
    return tr(
      "Step {step} of {steps}: {box}, score {score}, suppresses {suppressed} (IoU {ious})",
      facts,
    );
  }
  return tr(
    "Step {step} of {steps}: {box}, score {score}, suppresses {suppressed} " +
      "(IoU {ious} and {more} more)",
    facts,
  );
}

function whatIsLeft(scene, step) {
  const left = scene.survival.order.length - decidedAfter(scene)[step];
  if (!left) return tr("queue empty");
  const head = queueHead(scene, step).map((anchor) => scene.scores[anchor].toFixed(3));
  return tr("{left} in the queue, next scores {scores}", {
    left: number(left),
    scores: head.join(", "),
  });
}
