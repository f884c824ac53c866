// Many rectangles, fast: grouped by style, worst first so that the best lie on top.

// Below this many, each box gets a dark casing that keeps it visible on any photo.
const CASED = 400;
// Dashes cost several times a solid line; beyond this many, width alone tells fates apart.
const DASHED = 3000;
// Beyond this many, lines are see-through: density shows, and so does the photo.
const OPAQUE = 400;
const FAINTEST = 0.15;

// On a phone the same boxes share a third of the pixels: thinner lines keep them apart.
const SMALL_STAGE = 520;

const ANCHOR_STYLE = { dash: [], width: 1 };

// Of one class; several classes may be dashed at once.
const DASHED_OF_CLASS = 400;

// Classes and values have lines of their own, whether anchors or boxes are drawn.
const LINES_BY = { class: lineByClass, value: lineByValue };

function groupByLine(scene, indices, lineOf) {
  const groups = new Map();
  for (let i = indices.length - 1; i >= 0; i -= 1) {
    const line = lineOf(scene, indices[i]);
    if (!groups.has(line.part)) groups.set(line.part, { ...line, boxes: [] });
    groups.get(line.part).boxes.push(indices[i]);
  }
  return [...groups.values()].sort((a, b) => a.rank - b.rank);
}

// One style a group: score bin, level or fate; times fate, where its dash or width is drawn.
function groupBoxes(scene, indices, colourBy, byFate) {
  const groups = new Map();
  const fates = scene.palette.fates;
  const bins = scoreBinColours(scene.palette);
  for (let i = indices.length - 1; i >= 0; i -= 1) {
    const anchor = indices[i];
    const fate = scene.scored ? scene.fate[anchor] : -1;
    const level = scene.levelOf[anchor];
    const bin = scene.scored ? scoreBin(scene.scores[anchor]) : 0;
    const part = { score: bin, level, fate }[colourBy];
    const name = part * 16 + (byFate ? fate + 1 : 0);
    let group = groups.get(name);
    if (!group) {
      const style = fates[fate] ?? ANCHOR_STYLE;
      const colour = { score: bins[bin], level: levelColour(scene.palette, level) }[colourBy];
      const width = colourBy === "level" ? levelWidth(level) : style.width;
      group = { colour: colour ?? style.colour, width, dash: style.dash, rank: bin, boxes: [] };
      groups.set(name, group);
    }
    group.boxes.push(anchor);
  }
  return [...groups.values()].sort((a, b) => a.rank - b.rank || a.width - b.width);
}

// What colours can tell in this scene: what was chosen, or else the next best.
function colouring(scene, controls) {
  const { colourBy } = controls;
  if (colourBy === "class" && scene.classes) return colourBy;
  if (colourBy === "value" && scene.values) return colourBy;
  if (!scene.scored) return "level";
  return colourBy === "class" || colourBy === "value" ? "score" : colourBy;
}

function strokeBoxes(context, scene, coords, indices, place, ratio, style) {
  const draw = LINES_BY[style.colourBy] ? strokeByLine : strokeByStyle;
  draw(context, scene, coords, indices, place, ratio, style);
  paintSheet(context);
}

function strokeByStyle(context, scene, coords, indices, place, ratio, { colourBy, thin }) {
  const cased = !thin && indices.length <= CASED;
  const dashed = (!thin || colourBy === "fate") && indices.length <= DASHED;
  const groups = groupBoxes(scene, indices, colourBy, dashed || !thin);
  if (cased) {
    context.setLineDash([]);
    for (const group of groups) {
      // Under the gaps of a dashed line a strong casing would outweigh the line itself.
      context.strokeStyle = `rgba(0, 0, 0, ${group.dash.length ? 0.2 : 0.45})`;
      strokeGroup(context, coords, group, group.width + 1.5, place, ratio);
    }
  }
  const alpha = context.globalAlpha;
  context.globalAlpha *= opacityOf(indices.length);
  for (const group of groups) {
    context.strokeStyle = group.colour;
    context.setLineDash(dashed ? group.dash.map((length) => length * ratio) : []);
    strokeGroup(context, coords, group, thin ? 1 : group.width, place, ratio);
  }
  context.globalAlpha = alpha;
  context.setLineDash([]);
}

// Each group as strong as its own number allows: few positives stay clear among many negatives.
function strokeByLine(context, scene, coords, indices, place, ratio, { colourBy }) {
  const alpha = context.globalAlpha;
  for (const group of groupByLine(scene, indices, LINES_BY[colourBy])) {
    const count = group.boxes.length;
    if (count <= CASED) {
      context.globalAlpha = alpha;
      context.setLineDash([]);
      context.strokeStyle = `rgba(0, 0, 0, ${group.dash.length ? 0.2 : 0.45})`;
      strokeGroup(context, coords, group, group.width + 1.5, place, ratio);
    }
    context.globalAlpha = alpha * opacityOf(count);
    context.strokeStyle = group.colour;
    const dashed = count <= DASHED_OF_CLASS;
    context.setLineDash(dashed ? group.dash.map((length) => length * ratio) : []);
    strokeGroup(context, coords, group, count <= DASHED ? group.width : 1, place, ratio);
  }
  context.globalAlpha = alpha;
  context.setLineDash([]);
}

function opacityOf(count) {
  return Math.max(FAINTEST, Math.min(1, Math.sqrt(OPAQUE / count)));
}

function strokeGroup(context, coords, group, width, place, ratio) {
  const slim = context.canvas.width / ratio < SMALL_STAGE ? 0.7 : 1;
  const line = Math.max(1, Math.round(width * slim * ratio));
  const scale = place.scale * ratio;
  const left = place.left * ratio;
  const top = place.top * ratio;
  const { width: stageW, height: stageH } = context.canvas;
  const dense = group.boxes.length >= DENSE && context.getLineDash().length === 0;
  const sheet = dense ? sheetOf(stageW, stageH) : null;
  if (!dense) paintSheet(context); // what was counted before lies below
  const half = line % 2 ? 0.5 : 0;
  const outside = (line - 1) / 2 + 0.5 - half; // of a line's pixels, those before its corner
  context.lineWidth = line;
  for (const anchor of group.boxes) {
    const x1 = Math.round(coords[anchor * 4] * scale + left);
    const y1 = Math.round(coords[anchor * 4 + 1] * scale + top);
    const x2 = Math.round(coords[anchor * 4 + 2] * scale + left);
    const y2 = Math.round(coords[anchor * 4 + 3] * scale + top);
    if (x2 < 0 || y2 < 0 || x1 > stageW || y1 > stageH) continue;
    if (dense) {
      addOutline(sheet, x1 - outside, y1 - outside, x2 - outside + line, y2 - outside + line, line);
    } else {
      context.strokeRect(x1 + half, y1 + half, x2 - x1, y2 - y1);
    }
  }
  if (dense) inkLines(sheet, colourToRgb(group.colour), context.globalAlpha);
}
