// Where ground-truth objects lie on the stage, and which of them lie under a point. Their boxes are in
// pixels of the original photo, all others in those of the network input.

/**
 * @import { DrawableObject, Handle, ObjectHere, PhotoPlace, Place, Point, Rect, Sizes,
 *   StageWithObjects, Style } from "../types.d.ts"
 */

export const GRAB = 6; // CSS pixels around a line that still mean it
export const FINGER_GRAB = 16;
export const HANDLE = 9;

// The eight handles, as parts of width and height.
/** @type {Handle[]} */
export const HANDLES = [
  [0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5],
];

// CSS pixels per pixel of the original photo, and where its corner lies.
/** @type {(scene: Sizes, place: Place) => PhotoPlace} */
export function photoPlace(scene, place) {
  return {
    x: (place.scale * scene.imageHw[1]) / scene.originalHw[1],
    y: (place.scale * scene.imageHw[0]) / scene.originalHw[0],
    left: place.left,
    top: place.top,
  };
}

/** @type {(box: Rect, at: PhotoPlace) => Rect} */
export function rectOfObject(box, at) {
  const [x1, y1, x2, y2] = box;
  return [x1 * at.x + at.left, y1 * at.y + at.top, x2 * at.x + at.left, y2 * at.y + at.top];
}

/** @type {(point: Point, at: PhotoPlace) => [number, number]} */
export function pointOfPhoto({ x, y }, at) {
  return [(x - at.left) / at.x, (y - at.top) / at.y];
}

// A label set may hold boxes that are not numbers, or that end before they start.
/** @type {(object: ObjectHere) => object is DrawableObject} */
export function isDrawable({ box }) {
  return box.every((side) => side !== null);
}

/** @type {(states: Style[], object: ObjectHere) => Style | undefined} */
export function stateOf(states, { state }) {
  return state === null ? undefined : states[state];
}

/** @type {(box: Rect) => number} */
export function areaOfBox([x1, y1, x2, y2]) {
  return (x2 - x1) * (y2 - y1);
}

// The handle under a point: its parts of width and height, or null. On a small box the corners win.
/** @type {(rect: Rect, point: Point, reach: number) => Handle | null} */
export function handleAt(rect, { x, y }, reach) {
  const [x1, y1, x2, y2] = rect;
  const corners = HANDLES.filter(([h, v]) => h !== 0.5 && v !== 0.5);
  const sides = HANDLES.filter(([h, v]) => h === 0.5 || v === 0.5);
  /** @type {(handle: Handle) => boolean} */
  const near = ([h, v]) => {
    return Math.hypot(x1 + h * (x2 - x1) - x, y1 + v * (y2 - y1) - y) <= reach;
  };
  return corners.find(near) ?? sides.find(near) ?? null;
}

/** @type {(rect: Rect, point: Point, slack?: number) => boolean} */
export function isInside([x1, y1, x2, y2], { x, y }, slack = 0) {
  return x >= x1 - slack && x <= x2 + slack && y >= y1 - slack && y <= y2 + slack;
}

/** @type {(rect: Rect, point: Point, reach: number) => boolean} */
function isOnLine(rect, point, reach) {
  const [x1, y1, x2, y2] = rect;
  if (!isInside(rect, point, reach)) return false;
  return !isInside([x1 + reach, y1 + reach, x2 - reach, y2 - reach], point);
}

// Objects whose line or name is under the point, else those around it; smallest first.
/** @type {(stage: StageWithObjects, point: Point, place: Place, reach: number, around: boolean) => DrawableObject[]} */
export function objectsAt(stage, point, place, reach, around) {
  const { scene, objects, tags } = stage;
  const at = photoPlace(scene, place);
  const named = tags.filter((tag) => isInside([tag.left, tag.top, tag.right, tag.bottom], point));
  const names = new Set(named.map((tag) => tag.id));
  const drawable = objects.list.filter(isDrawable);
  drawable.sort((a, b) => areaOfBox(a.box) - areaOfBox(b.box));
  const touched = drawable.filter((object) => {
    return names.has(object.id) || isOnLine(rectOfObject(object.box, at), point, reach);
  });
  if (touched.length > 0 || !around) return touched;
  return drawable.filter((object) => isInside(rectOfObject(object.box, at), point));
}
