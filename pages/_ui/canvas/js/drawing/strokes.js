// Many rectangles, fast: grouped by style, worst first so that the best lie on top.

/**
 * @import { ColourBy, Indices, Line, LineGroup, LineOf, Pen, Place, Scene, StrokeStyle } from "../types.d.ts"
 */

import { linesOf } from "./class_lines.js";
import { DENSE, addOutline, inkLines, paintSheet, sheetOf } from "./density.js";
import { colourToRgb, levelColour, levelWidth, scoreBin, scoreBinColours } from "./palette.js";

// Below this many, each box gets a dark casing that keeps it visible on any photo.
const CASED = 400;

// Dashes cost several times a solid line; beyond this many, width alone tells fates apart.
export const DASHED = 3000;

// Beyond this many, lines are see-through: density shows, and so does the photo.
const OPAQUE = 400;
const FAINTEST = 0.15;

// On a phone the same boxes share a third of the pixels: thinner lines keep them apart.
export const SMALL_STAGE = 520;
/** @type {Line} */
const ANCHOR_STYLE = { colour: "#000000", dash: [], width: 1 };

// Of one class; several classes may be dashed at once.
export const DASHED_OF_CLASS = 400;

/** @type {(indices: Indices, lineOf: LineOf) => LineGroup[]} */
function groupByLine(indices, lineOf) {
  /** @type {Map<number, LineGroup>} */
  const groups = new Map();
  for (let i = indices.length - 1; i >= 0; i -= 1) {
    const line = lineOf(indices[i]);
    const group = groups.get(line.part);
    if (group) group.boxes.push(indices[i]);
    else groups.set(line.part, { ...line, boxes: [indices[i]] });
  }
  return [...groups.values()].sort((a, b) => a.rank - b.rank);
}

// One style a group: score bin, level or fate; times fate, where its dash or width is drawn.
/** @type {(scene: Scene, indices: Indices, colourBy: ColourBy, byFate: boolean) => LineGroup[]} */
function groupBoxes(scene, indices, colourBy, byFate) {
  /** @type {Map<number, LineGroup>} */
  const groups = new Map();
  const fates = scene.palette.fates;
  const bins = scoreBinColours(scene.palette);
  for (let i = indices.length - 1; i >= 0; i -= 1) {
    const anchor = indices[i];
    const fate = scene.scored ? scene.fate[anchor] : -1;
    const level = scene.levelOf[anchor];
    const bin = scene.scored ? scoreBin(scene.scores[anchor]) : 0;
    const part = colourBy === "score" ? bin : colourBy === "level" ? level : fate;
    const name = part * 16 + (byFate ? fate + 1 : 0);
    let group = groups.get(name);
    if (!group) {
      const { colour, width, dash } = fates[fate] ?? ANCHOR_STYLE;
      group = { colour, width, dash, rank: bin, boxes: [] };
      if (colourBy === "score") group.colour = bins[bin];
      if (colourBy === "level") {
        Object.assign(group, { colour: levelColour(scene.palette, level), width: levelWidth(level) });
      }
      groups.set(name, group);
    }
    group.boxes.push(anchor);
  }
  return [...groups.values()].sort((a, b) => a.rank - b.rank || a.width - b.width);
}

/** @type {(context: Pen, scene: Scene, coords: Float32Array, indices: Indices, place: Place, ratio: number, style: StrokeStyle) => void} */
export function strokeBoxes(context, scene, coords, indices, place, ratio, style) {
  const lineOf = linesOf(scene, style.colourBy);
  if (lineOf) strokeByLine(context, coords, groupByLine(indices, lineOf), place, ratio);
  else strokeByStyle(context, scene, coords, indices, place, ratio, style);
  paintSheet(context);
}

/** @type {(context: Pen, scene: Scene, coords: Float32Array, indices: Indices, place: Place, ratio: number, style: StrokeStyle) => void} */
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
/** @type {(context: Pen, coords: Float32Array, groups: LineGroup[], place: Place, ratio: number) => void} */
function strokeByLine(context, coords, groups, place, ratio) {
  const alpha = context.globalAlpha;
  for (const group of groups) {
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

/** @type {(count: number) => number} */
function opacityOf(count) {
  return Math.max(FAINTEST, Math.min(1, Math.sqrt(OPAQUE / count)));
}

/** @type {(context: Pen, coords: Float32Array, group: LineGroup, width: number, place: Place, ratio: number) => void} */
function strokeGroup(context, coords, group, width, place, ratio) {
  const slim = context.canvas.width / ratio < SMALL_STAGE ? 0.7 : 1;
  const line = Math.max(1, Math.round(width * slim * ratio));
  const scale = place.scale * ratio;
  const left = place.left * ratio;
  const top = place.top * ratio;
  const { width: stageW, height: stageH } = context.canvas;
  const dense = group.boxes.length >= DENSE && context.getLineDash().length === 0;
  const sheet = dense ? sheetOf(stageW, stageH) : null;
  if (!sheet) paintSheet(context); // what was counted before lies below
  const half = line % 2 ? 0.5 : 0;
  const outside = (line - 1) / 2 + 0.5 - half; // of a line's pixels, those before its corner
  context.lineWidth = line;
  for (const anchor of group.boxes) {
    const x1 = Math.round(coords[anchor * 4] * scale + left);
    const y1 = Math.round(coords[anchor * 4 + 1] * scale + top);
    const x2 = Math.round(coords[anchor * 4 + 2] * scale + left);
    const y2 = Math.round(coords[anchor * 4 + 3] * scale + top);
    if (x2 < 0 || y2 < 0 || x1 > stageW || y1 > stageH) continue;
    if (sheet) {
      addOutline(sheet, x1 - outside, y1 - outside, x2 - outside + line, y2 - outside + line, line);
    } else {
      context.strokeRect(x1 + half, y1 + half, x2 - x1, y2 - y1);
    }
  }
  if (sheet) inkLines(sheet, colourToRgb(group.colour), context.globalAlpha);
}
