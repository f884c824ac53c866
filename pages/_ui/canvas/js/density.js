// Very many rectangles of one colour: lines are counted per pixel, not drawn over each other.
// n lines of opacity a give the opacity 1 - (1 - a)^n, whatever their order; the picture is that
// of strokeRect, and its price is that of the pixels, not of the lines.

// From so many rectangles on, counting is faster than stroking.
const DENSE = 1500;
const MOST_COUNTED = 1023;

// Starts and ends of the lines, along rows and along columns; sums of these are counts.
function createLines(width, height) {
  return {
    width,
    height,
    rows: new Int32Array((width + 1) * height),
    columns: new Int32Array(width * (height + 1)),
  };
}

function addRow({ width, height, rows }, y, left, right) {
  if (y < 0 || y >= height) return;
  const from = Math.max(0, left);
  const to = Math.min(width, right);
  if (from >= to) return;
  rows[y * (width + 1) + from] += 1;
  rows[y * (width + 1) + to] -= 1;
}

function addColumn({ width, height, columns }, x, top, bottom) {
  if (x < 0 || x >= width) return;
  const from = Math.max(0, top);
  const to = Math.min(height, bottom);
  if (from >= to) return;
  columns[from * width + x] += 1;
  columns[to * width + x] -= 1;
}

// The outline of a rectangle of whole pixels, `line` pixels thick; right and bottom excluded.
function addOutline(lines, left, top, right, bottom, line) {
  const flat = bottom - top <= 2 * line;
  const slim = right - left <= 2 * line;
  for (let y = top; y < (flat ? bottom : top + line); y += 1) addRow(lines, y, left, right);
  if (flat) return;
  for (let y = bottom - line; y < bottom; y += 1) addRow(lines, y, left, right);
  const [from, to] = [top + line, bottom - line];
  for (let x = left; x < (slim ? right : left + line); x += 1) addColumn(lines, x, from, to);
  if (slim) return;
  for (let x = right - line; x < right; x += 1) addColumn(lines, x, from, to);
}

// Draw the counted lines in a colour, each with the context's opacity.
function paintLines(context, { width, height, rows, columns }, colour) {
  const pixels = new ImageData(width, height);
  const words = new Uint32Array(pixels.data.buffer);
  const left = 1 - context.globalAlpha;
  const opacity = Uint32Array.from({ length: MOST_COUNTED + 1 }, (_, n) => {
    return Math.round(255 * (1 - left ** n)) << 24; // the last byte of a word: alpha
  });
  const vertical = new Int32Array(width);
  for (let y = 0, at = 0; y < height; y += 1) {
    let horizontal = 0;
    for (let x = 0; x < width; x += 1, at += 1) {
      horizontal += rows[at + y];
      vertical[x] += columns[at];
      words[at] = opacity[Math.min(MOST_COUNTED, horizontal + vertical[x])];
    }
  }
  const sheet = new OffscreenCanvas(width, height);
  const ink = sheet.getContext("2d");
  ink.putImageData(pixels, 0, 0);
  ink.globalCompositeOperation = "source-in";
  ink.fillStyle = colour;
  ink.fillRect(0, 0, width, height);
  const alpha = context.globalAlpha;
  context.globalAlpha = 1;
  context.drawImage(sheet, 0, 0);
  context.globalAlpha = alpha;
}
