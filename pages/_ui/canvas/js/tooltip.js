// The text beside the pointer. Only textContent: nothing of the scene becomes markup.

function fixed(value, digits = 1) {
  return Number(value.toFixed(digits)).toString();
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function number(value) {
  return value.toLocaleString("en-US");
}

function boxName(scene, anchor) {
  const rank = scene.scored ? scene.rankOf.get(anchor) : undefined;
  return rank === undefined ? `Anchor ${number(anchor)}` : `Proposal ${number(rank + 1)}`;
}

function sizeLines(scene, box) {
  const [w, h] = [box[2] - box[0], box[3] - box[1]];
  const toOriginal = [0, 1].map((axis) => scene.originalHw[axis] / scene.imageHw[axis]);
  const ratio = w > 0 ? fixed(h / w, 2) : "none";
  return [
    `Box ${fixed(w)} × ${fixed(h)} px in the network input, h/w ${ratio}`,
    `${fixed(w * toOriginal[1])} × ${fixed(h * toOriginal[0])} px in the photo`,
  ];
}

function fateLine(scene, anchor) {
  const fate = scene.fate[anchor];
  const words = scene.palette.fates[fate].words;
  if (fate !== FATE_SUPPRESSED) return `Fate: ${words}`;
  // At a threshold that is only tried, who suppresses whom has not been asked.
  if (scene.suppressedBy[anchor] < 0) return `Fate: ${words}`;
  const winner = boxName(scene, scene.suppressedBy[anchor]).toLowerCase();
  return `Fate: suppressed by ${winner} at IoU ${scene.suppressedIou[anchor].toFixed(3)}`;
}

// Lines about an anchor and the box that it became; the first is the title. Where the anchor
// itself is drawn, its own sides are told.
function describe(scene, anchor, asAnchor = false) {
  const { level, y, x, shape } = addressOf(scene, anchor);
  const { name, strideHw, sizeRatio } = scene.levels[level];
  const [size, ratio] = sizeRatio[shape];
  const lines = [asAnchor ? `Anchor ${number(anchor)}` : boxName(scene, anchor)];
  lines.push(...classLines(scene, anchor));
  if (scene.scored) {
    const score = scene.scores[anchor].toFixed(3);
    lines.push(`Score ${score}, logit ${scene.logits[anchor].toFixed(2)}`);
  }
  const stride = `stride ${fixed(strideHw[0])}`;
  // A level may be named by its stride; it is then said once, unless the grid's own differs.
  const levelWords = name === stride ? `Level of ${stride}` : `Level ${name}, ${stride}`;
  lines.push(`${levelWords}, cell (${y}, ${x})`);
  lines.push(`Anchor size ${fixed(size)} px, ratio h/w ${fixed(ratio, 2)}`);
  const coords = scene.scored && !asAnchor ? scene.boxes : scene.anchors;
  lines.push(...sizeLines(scene, coords.subarray(anchor * 4, anchor * 4 + 4)));
  if (scene.scored) lines.push(fateLine(scene, anchor));
  return lines;
}

function showTip(tip, lines, x, y, stageW, stageH) {
  tip.replaceChildren(
    ...lines.map((line, i) => {
      const row = document.createElement(i === 0 ? "strong" : "div");
      row.textContent = line;
      return row;
    }),
  );
  tip.hidden = false;
  const left = x + 16 + tip.offsetWidth > stageW ? x - 16 - tip.offsetWidth : x + 16;
  const top = y + 16 + tip.offsetHeight > stageH ? y - 16 - tip.offsetHeight : y + 16;
  const held = (value, size, stage) => Math.max(2, Math.min(value, stage - size - 2));
  const atX = held(left, tip.offsetWidth, stageW);
  const atY = held(top, tip.offsetHeight, stageH);
  tip.style.transform = `translate(${atX}px, ${atY}px)`;
}

function describeCell(scene, cell) {
  const [level, y, x] = cell;
  const { name, strideHw } = scene.levels[level];
  const anchors = anchorsOfCell(scene, cell);
  const lines = [`Level ${name}, cell (${y}, ${x})`, `Stride ${fixed(strideHw[0])} px`];
  lines.push(`${anchors.length} anchors: click to show, click again to go through them`);
  if (scene.scored && anchors.length > 0) {
    const best = Math.max(...anchors.map((anchor) => scene.scores[anchor]));
    lines.push(`Best score ${best.toFixed(3)}`);
  }
  return lines;
}
