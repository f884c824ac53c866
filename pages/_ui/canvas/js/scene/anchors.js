// Where the anchors of a scene lie, computed here instead of sent; and their addresses.

/** @import { Address, Cell, Grids, Laid, Level, Scene, SentLevel } from "../types.d.ts" */

import { keep } from "./recent.js";

const LAID_KEPT = 4; // two canvases side by side, each before and after a change
/** @type {Map<string, Laid>} */
const laidBefore = new Map(); // levels -> their anchors, least recently used first

// The anchors of these levels: those laid before, where the levels are the same.
/** @type {(levels: SentLevel[], count: number) => Laid} */
export function laidAnchors(levels, count) {
  const key = JSON.stringify([levels, count]);
  return keep(laidBefore, key, laidBefore.get(key) ?? layAnchors(levels, count), LAID_KEPT);
}

// Of boxes that come from no grid: levels without cells, and no anchors.
/** @type {(levels: Pick<SentLevel, "name">[], levelOf: Uint8Array | undefined) => Laid} */
export function withoutGrid(levels, levelOf = new Uint8Array()) {
  /** @type {Omit<Level, "name">} */
  const none = {
    gridHw: [0, 0],
    strideHw: [1, 1],
    offset: 0,
    cellAnchors: [],
    sizeRatio: [],
    start: 0,
    shapes: 0,
  };
  return {
    anchors: new Float32Array(),
    levelOf,
    levels: levels.map(({ name }) => ({ ...none, name })),
  };
}

// Anchors in the order of rpn_core.anchors.lay: level, row, column, shape. Math.fround after each
// step, because the core computes in float32.
/** @type {(levels: SentLevel[], count: number) => Laid} */
export function layAnchors(levels, count) {
  const anchors = new Float32Array(count * 4);
  const levelOf = new Uint8Array(count);
  /** @type {Level[]} */
  const laid = [];
  let index = 0;
  levels.forEach((level, number) => {
    const [rows, columns] = level.gridHw;
    laid.push({ ...level, start: index, shapes: level.cellAnchors.length });
    for (let y = 0; y < rows; y += 1) {
      const pointY = Math.fround(Math.fround(y + Math.fround(level.offset)) * level.strideHw[0]);
      for (let x = 0; x < columns; x += 1) {
        const pointX = Math.fround(Math.fround(x + Math.fround(level.offset)) * level.strideHw[1]);
        for (const shape of level.cellAnchors) {
          anchors[index * 4] = pointX + shape[0];
          anchors[index * 4 + 1] = pointY + shape[1];
          anchors[index * 4 + 2] = pointX + shape[2];
          anchors[index * 4 + 3] = pointY + shape[3];
          levelOf[index] = number;
          index += 1;
        }
      }
    }
  });
  return { anchors, levelOf, levels: laid };
}

/** @type {(scene: Scene, anchor: number) => Address} */
export function addressOf(scene, anchor) {
  const level = scene.levelOf[anchor];
  const { gridHw, shapes, start } = scene.levels[level];
  const inLevel = anchor - start;
  const cell = Math.floor(inLevel / shapes);
  return { level, y: Math.floor(cell / gridHw[1]), x: cell % gridHw[1], shape: inLevel % shapes };
}

/** @type {(scene: Grids, cell: Cell) => number[]} */
export function anchorsOfCell(scene, [level, y, x]) {
  const { gridHw, shapes, start } = scene.levels[level];
  const first = start + (y * gridHw[1] + x) * shapes;
  return Array.from({ length: shapes }, (_, shape) => first + shape);
}

// The cell of a level under a point of the network input, or null outside of the grid.
/** @type {(scene: Grids, level: number, px: number, py: number) => Cell | null} */
export function cellAt(scene, level, px, py) {
  const { gridHw, strideHw } = scene.levels[level];
  const y = Math.floor(py / strideHw[0]);
  const x = Math.floor(px / strideHw[1]);
  const inside = y >= 0 && x >= 0 && y < gridHw[0] && x < gridHw[1];
  return inside ? [level, y, x] : null;
}
