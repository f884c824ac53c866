// Very many rectangles: lines are counted per pixel, not drawn over each other. n lines of opacity a
// give the opacity 1 - (1 - a)^n, whatever their order; the picture is that of strokeRect, and its
// price is that of the pixels, not of the lines.

/** @import { Pen, Rgb, Sheet } from "../types.d.ts" */

import { penOf } from "../../../scripts/dom.js";
import { keep } from "../scene/recent.js";

// From so many rectangles of one colour on, counting is faster than stroking.
export const DENSE = 1500;
const MOST_COUNTED = 1023;
const SHEETS_KEPT = 2; // canvases that move as one may differ in size
/** @type {Map<string, Sheet>} */
const sheets = new Map(); // size -> sheet: a new one costs more than its lines
/** @type {Sheet | null} */
let lastSheet = null;

/** @type {(width: number, height: number) => Sheet} */
export function sheetOf(width, height) {
  if (lastSheet?.width === width && lastSheet.height === height) return lastSheet;
  const size = `${width}x${height}`;
  lastSheet = keep(sheets, size, sheets.get(size) ?? newSheet(width, height), SHEETS_KEPT);
  return lastSheet;
}

/** @type {(width: number, height: number) => Sheet} */
function newSheet(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  return {
    width,
    height,
    rows: new Int32Array((width + 1) * height),
    columns: new Int32Array(width * (height + 1)),
    vertical: new Int32Array(width),
    pixels,
    words: new Uint32Array(pixels.data.buffer),
    inked: false,
    canvas,
    context: penOf(canvas),
  };
}

/** @type {(sheet: Sheet, y: number, left: number, right: number) => void} */
function addRow(sheet, y, left, right) {
  if (y < 0 || y >= sheet.height) return;
  const from = left > 0 ? left : 0;
  const to = right < sheet.width ? right : sheet.width;
  if (from >= to) return;
  const at = y * (sheet.width + 1);
  sheet.rows[at + from] += 1;
  sheet.rows[at + to] -= 1;
}

/** @type {(sheet: Sheet, x: number, top: number, bottom: number) => void} */
function addColumn(sheet, x, top, bottom) {
  if (x < 0 || x >= sheet.width) return;
  const from = top > 0 ? top : 0;
  const to = bottom < sheet.height ? bottom : sheet.height;
  if (from >= to) return;
  sheet.columns[from * sheet.width + x] += 1;
  sheet.columns[to * sheet.width + x] -= 1;
}

// The outline of a rectangle of whole pixels, `line` pixels thick; right and bottom excluded.
/** @type {(sheet: Sheet, left: number, top: number, right: number, bottom: number, line: number) => void} */
export function addOutline(sheet, left, top, right, bottom, line) {
  if (bottom - top <= 2 * line) {
    for (let y = top; y < bottom; y += 1) addRow(sheet, y, left, right);
    return;
  }
  for (let i = 0; i < line; i += 1) {
    addRow(sheet, top + i, left, right);
    addRow(sheet, bottom - 1 - i, left, right);
  }
  const [from, to] = [top + line, bottom - line];
  if (right - left <= 2 * line) {
    for (let x = left; x < right; x += 1) addColumn(sheet, x, from, to);
    return;
  }
  for (let i = 0; i < line; i += 1) {
    addColumn(sheet, left + i, from, to);
    addColumn(sheet, right - 1 - i, from, to);
  }
}

// Lay the counted lines over the sheet's pixels in a colour, each with an opacity; then count from 0.
/** @type {(sheet: Sheet, colour: Rgb, alpha: number) => void} */
export function inkLines(sheet, [red, green, blue], alpha) {
  const { width, height, rows, columns, vertical, words } = sheet;
  const opacity = opacities(alpha);
  const colour = (blue << 16) | (green << 8) | red;
  vertical.fill(0);
  for (let y = 0, at = 0; y < height; y += 1) {
    let horizontal = 0;
    for (let x = 0; x < width; x += 1, at += 1) {
      horizontal += rows[at + y];
      const down = (vertical[x] += columns[at]);
      const count = horizontal + down;
      if (count === 0) continue;
      const over = opacity[count < MOST_COUNTED ? count : MOST_COUNTED];
      // The last byte of a word is alpha.
      words[at] = words[at] === 0 || over === 255 ? (over << 24) | colour
        : blended(words[at], red, green, blue, over / 255);
    }
  }
  rows.fill(0);
  columns.fill(0);
  sheet.inked = true;
}

// Of n lines, in whole 255ths.
/** @type {(alpha: number) => Uint8Array} */
function opacities(alpha) {
  const found = new Uint8Array(MOST_COUNTED + 1);
  for (let n = 1, left = 1; n <= MOST_COUNTED; n += 1) {
    left *= 1 - alpha;
    found[n] = Math.round(255 * (1 - left));
  }
  return found;
}

/** @type {(below: number, red: number, green: number, blue: number, share: number) => number} */
function blended(below, red, green, blue, share) {
  const under = ((below >>> 24) / 255) * (1 - share);
  const both = share + under;
  /** @type {(over: number, shift: number) => number} */
  const mix = (over, shift) => {
    return Math.round((over * share + ((below >>> shift) & 255) * under) / both) << shift;
  };
  return (Math.round(255 * both) << 24) | mix(blue, 16) | mix(green, 8) | mix(red, 0);
}

// Put the inked pixels on a canvas, once for all colours, and clear the sheet.
/** @type {(context: Pen) => void} */
export function paintSheet(context) {
  const sheet = lastSheet;
  if (!sheet?.inked) return;
  sheet.context.putImageData(sheet.pixels, 0, 0);
  const alpha = context.globalAlpha;
  context.globalAlpha = 1;
  context.drawImage(sheet.canvas, 0, 0);
  context.globalAlpha = alpha;
  sheet.words.fill(0);
  sheet.inked = false;
}
