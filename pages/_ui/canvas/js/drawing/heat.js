// The objectness of every cell, at the resolution of its feature map.

/** @import { Heat, Hw, Palette, ScoredScene, Stage } from "../types.d.ts" */

import { penOf } from "../../../scripts/dom.js";
import { scoreRgb } from "./palette.js";

// Scores of one level's cells: of one shape, or the best of all.
/** @type {(scene: ScoredScene, number: number, shape: string) => Float32Array} */
function cellScores(scene, number, shape) {
  const { gridHw, shapes, start } = scene.levels[number];
  const cells = new Float32Array(gridHw[0] * gridHw[1]);
  const chosen = shape === "max" ? Array.from({ length: shapes }, (_, a) => a) : [Number(shape)];
  for (let cell = 0; cell < cells.length; cell += 1) {
    for (const a of chosen) {
      cells[cell] = Math.max(cells[cell], scene.scores[start + cell * shapes + a]);
    }
  }
  return cells;
}

/** @type {(stage: Stage) => Heat | null} */
export function heatLayer({ scene, memory }) {
  const { heatLevel, heatShape } = memory.controls;
  if (!scene.scored || !scene.grid || heatLevel === "off") return null;
  if (heatLevel === "max") return heatOfAll(scene, memory.hiddenLevels);
  return heatOfLevel(scene, Number(heatLevel), heatShape);
}

// { canvas, w, h }: w, h is the size of the whole grid in pixels of the network input.
/** @type {(scene: ScoredScene, number: number, shape: string) => Heat | null} */
function heatOfLevel(scene, number, shape) {
  const { gridHw, strideHw, shapes } = scene.levels[number];
  if (shapes === 0) return null;
  const canvas = paintCells(scene.palette, cellScores(scene, number, shape), gridHw);
  return { canvas, w: gridHw[1] * strideHw[1], h: gridHw[0] * strideHw[0] };
}

// The best score over all visible levels, at the finest of their grids.
/** @type {(scene: ScoredScene, hiddenLevels: Set<number>) => Heat | null} */
function heatOfAll(scene, hiddenLevels) {
  const numbers = scene.levels.map((_, number) => number);
  const used = numbers.filter((n) => !hiddenLevels.has(n) && scene.levels[n].shapes > 0);
  if (used.length === 0) return null;
  const { gridHw, strideHw } = used
    .map((number) => scene.levels[number])
    .reduce((a, b) => (b.strideHw[0] < a.strideHw[0] ? b : a));
  const best = new Float32Array(gridHw[0] * gridHw[1]);
  for (const number of used) {
    const level = scene.levels[number];
    const scores = cellScores(scene, number, "max");
    for (let y = 0; y < gridHw[0]; y += 1) {
      const row = Math.floor(((y + 0.5) * strideHw[0]) / level.strideHw[0]);
      if (row >= level.gridHw[0]) continue;
      for (let x = 0; x < gridHw[1]; x += 1) {
        const column = Math.floor(((x + 0.5) * strideHw[1]) / level.strideHw[1]);
        if (column >= level.gridHw[1]) continue;
        const cell = y * gridHw[1] + x;
        best[cell] = Math.max(best[cell], scores[row * level.gridHw[1] + column]);
      }
    }
  }
  const canvas = paintCells(scene.palette, best, gridHw);
  return { canvas, w: gridHw[1] * strideHw[1], h: gridHw[0] * strideHw[0] };
}

// Low scores are nearly clear, so that the photo stays visible where nothing was found.
/** @type {(palette: Palette, cells: Float32Array, gridHw: Hw) => OffscreenCanvas} */
function paintCells(palette, cells, [rows, columns]) {
  const canvas = new OffscreenCanvas(columns, rows);
  const context = penOf(canvas);
  const pixels = context.createImageData(columns, rows);
  const colours = Array.from({ length: 256 }, (_, i) => scoreRgb(palette, i / 255));
  cells.forEach((score, cell) => {
    pixels.data.set(colours[Math.round(score * 255)], cell * 4);
    pixels.data[cell * 4 + 3] = 255 * (0.2 + 0.6 * score);
  });
  context.putImageData(pixels, 0, 0);
  return canvas;
}
