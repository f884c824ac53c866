// The slider that tries thresholds of NMS, with the number of survivors as a curve behind it.

const SURVIVAL_BAR = `
  <label><span data-label="nmsRange"></span> <output data-nms="value"></output>
    <span class="nmscurve">
      <canvas data-nms="curve" aria-hidden="true"></canvas>
      <input type="range" data-nms="range" min="0" max="100" step="1">
    </span>
  </label>
  <span data-nms="words"></span>
  <button type="button" class="chip" data-nms="use"></button>
  <button type="button" class="chip" data-nms="back"></button>`;

const CURVE_HEIGHT = 26;

function wireSurvivalBar(stage) {
  const bar = document.createElement("div");
  bar.className = "nmsbar";
  bar.setAttribute("role", "group");
  bar.dataset.label = "nms";
  bar.innerHTML = SURVIVAL_BAR;
  stage.root.querySelector(".bar").after(bar);
  const part = (name) => bar.querySelector(`[data-nms="${name}"]`);
  stage.nmsBar = { bar, part };
  part("range").addEventListener("input", () => tryPercent(stage, Number(part("range").value)));
  part("back").addEventListener("click", () => {
    tryPercent(stage, null);
    part("range").focus();
  });
  part("use").addEventListener("click", () => {
    stage.memory.selections += 1;
    const { percent } = stage.memory.tried;
    stage.setStateValue("nms_thresh", { percent, number: stage.memory.selections });
    part("range").focus();
  });
}

function tryPercent(stage, percent) {
  const { scene, memory } = stage;
  const inForce = scene.survival.threshold;
  memory.tried = percent === null || percent / 100 === inForce ? null : { percent, inForce };
  memory.playback.on = false;
  stopPlaying(stage);
  tryThreshold(scene, memory.tried?.percent ?? null);
  refresh(stage);
}

// What was being tried stays while everything else changes, until another one is in force.
function receiveSurvival(stage) {
  const { scene, memory } = stage;
  if (!scene.survival || memory.tried?.inForce !== scene.survival.threshold) memory.tried = null;
  if (scene.survival) {
    const { survival } = scene;
    survival.counts = derive(survival.bits, "counts", () => survivorCounts(survival));
    tryThreshold(scene, memory.tried?.percent ?? null);
  }
  stage.curveDrawn = null;
}

function thresholdShown({ scene, memory }) {
  return memory.tried ? memory.tried.percent / 100 : scene.survival.threshold;
}

function renderSurvivalBar(stage) {
  const { bar, part } = stage.nmsBar;
  const { scene, memory } = stage;
  bar.hidden = !scene.survival;
  if (!scene.survival) return;
  const { threshold, order, ledger } = scene.survival;
  const now = thresholdShown(stage);
  part("range").value = String(Math.round(now * 100));
  part("range").setAttribute("aria-valuetext", tr("IoU {iou}", { iou: fixed(now, 3) }));
  part("value").textContent = fixed(now, 3);
  const lost = order.reduce((sum, anchor) => sum + (scene.fate[anchor] === FATE_SUPPRESSED), 0);
  const kept = scene.kept.length;
  const change = memory.tried ? kept - ledger.kept.length : 0;
  part("words").textContent = survivalWords(order.length, number(lost), number(kept), change);
  part("use").hidden = part("back").hidden = !memory.tried;
  part("use").textContent = tr("Use {iou}", { iou: fixed(now, 3) });
  part("back").textContent = tr("Back to {iou}", { iou: fixed(threshold, 3) });
  drawCurve(stage, part("curve"), now);
}

function survivalWords(entered, suppressed, kept, difference) {
  if (!difference) {
    return ntr(
      "{count} box in, {suppressed} suppressed, {kept} kept",
      "{count} boxes in, {suppressed} suppressed, {kept} kept",
      entered,
      { suppressed, kept },
    );
  }
  const change = `${difference > 0 ? "+" : "−"}${number(Math.abs(difference))}`;
  return ntr(
    "{count} box in, {suppressed} suppressed, {kept} kept ({change})",
    "{count} boxes in, {suppressed} suppressed, {kept} kept ({change})",
    entered,
    { suppressed, kept, change },
  );
}

// Survivors against the threshold; the thumb of the slider lies on the curve's own x.
function drawCurve(stage, canvas, now) {
  const { survival } = stage.scene;
  const width = canvas.clientWidth;
  if (width < 2) return;
  const ratio = window.devicePixelRatio || 1;
  const size = [Math.round(width * ratio), Math.round(CURVE_HEIGHT * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) {
    [canvas.width, canvas.height] = size;
  }
  const context = canvas.getContext("2d");
  const ink = getComputedStyle(canvas).color;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, CURVE_HEIGHT);
  const most = Math.max(1, ...survival.counts);
  const thumb = 7; // half of it: the track ends there
  const x = (percent) => thumb + (percent / 100) * (width - 2 * thumb);
  const y = (count) => CURVE_HEIGHT - 1 - (count / most) * (CURVE_HEIGHT - 4);
  for (const [end, alpha] of [[100, 0.16], [now * 100, 0.3]]) {
    context.beginPath();
    context.moveTo(x(0), CURVE_HEIGHT);
    for (let percent = 0; percent <= end; percent += 1) {
      context.lineTo(x(percent), y(survival.counts[percent]));
    }
    context.lineTo(x(end), CURVE_HEIGHT);
    context.globalAlpha = alpha;
    context.fillStyle = ink;
    context.fill();
  }
  context.globalAlpha = 1;
}
