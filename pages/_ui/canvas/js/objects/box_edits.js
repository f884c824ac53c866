// The arithmetic of a box that is drawn, moved or resized: whole pixels of the original photo.

/** @import { Handle, Rect, Room, StageWithObjects } from "../types.d.ts" */

/** @type {(value: number, low: number, high: number) => number} */
function hold(value, low, high) {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

// Inside the photo and not too small to be meant; unchanged where it is both.
/** @type {(room: Room, box: Rect) => Rect} */
export function heldBox({ hw, minSide }, [x1, y1, x2, y2]) {
  /** @type {(from: number, to: number, length: number) => [number, number]} */
  const side = (from, to, length) => {
    const least = Math.min(minSide, length);
    const low = hold(Math.min(from, to), 0, length - least);
    return [low, hold(Math.max(from, to), low + least, length)];
  };
  const [left, right] = side(x1, x2, hw[1]);
  const [top, bottom] = side(y1, y2, hw[0]);
  return [left, top, right, bottom];
}

/** @type {(room: Room, box: Rect, dx: number, dy: number) => Rect} */
export function movedBox(room, box, dx, dy) {
  const [x1, y1, x2, y2] = heldBox(room, box);
  const [height, width] = room.hw;
  const [x, y] = [hold(Math.round(dx), -x1, width - x2), hold(Math.round(dy), -y1, height - y2)];
  return [x1 + x, y1 + y, x2 + x, y2 + y];
}

// The sides that a handle holds follow the pointer, as far as the opposite ones.
/** @type {(room: Room, box: Rect, handle: Handle, dx: number, dy: number) => Rect} */
export function resizedBox(room, box, [h, v], dx, dy) {
  const [x1, y1, x2, y2] = heldBox(room, box);
  const [height, width] = room.hw;
  /** @type {(part: number, low: number, high: number, by: number, length: number) => [number, number]} */
  const side = (part, low, high, by, length) => {
    const least = Math.min(room.minSide, length);
    if (part === 0) return [hold(Math.round(low + by), 0, high - least), high];
    if (part === 1) return [low, hold(Math.round(high + by), low + least, length)];
    return [low, high];
  };
  const [left, right] = side(h, x1, x2, dx, width);
  const [top, bottom] = side(v, y1, y2, dy, height);
  return [left, top, right, bottom];
}

/** @type {(stage: StageWithObjects) => Room} */
export function roomOf({ scene, objects }) {
  return { hw: scene.originalHw, minSide: objects.minSide };
}
