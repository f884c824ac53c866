// Canvases of one view group move as one: they share a view, which is in fractions of the photo, so
// that photos of other sizes show the same part of each. A canvas without a group has one of its
// own. Lives as long as the page: a canvas that comes back finds its view.

/** @import { Header, Place, Stage, View, ViewGroup } from "../types.d.ts" */

import { invalidate } from "./frame.js";
import { isEditing } from "./memory.js";
import { halfShown, holdView, panView, placeView, zoomView } from "./view.js";

/** @type {View} */
const WHOLE = { zoom: 1, cx: 0.5, cy: 0.5 };
/** @type {Map<string, ViewGroup>} */
const viewGroups = new Map(); // by name

/** @type {(header: Pick<Header, "key" | "viewGroup">) => ViewGroup} */
export function viewGroupOf({ key, viewGroup }) {
  const name = JSON.stringify(viewGroup ? { group: viewGroup } : { key });
  const group = viewGroups.get(name) ?? { view: WHOLE, photos: new Map(), opened: null };
  viewGroups.set(name, group);
  return group;
}

// Every canvas of the page that shows something.
/** @type {() => Stage[]} */
export function stagesHere() {
  return [...viewGroups.values()].flatMap(({ photos }) => [...photos.keys()]);
}

// Share the view of the group that a payload names. A canvas that comes onto the page sees what the
// others see. A photo that none of them shows yet is seen whole at first, by all of them.
/** @type {(stage: Stage, header: Header) => void} */
export function joinViewGroup(stage, header) {
  const group = viewGroupOf(header);
  if (stage.group !== group) leaveViewGroup(stage);
  const { photoId } = header;
  const shown = [...group.photos.values()].includes(photoId);
  const comes = !group.photos.has(stage);
  const stays = comes ? group.photos.size > 0 || group.opened === photoId : shown;
  stage.group = group;
  group.photos.set(stage, photoId);
  group.opened = photoId;
  if (stays) showView(stage);
  else setView(stage, WHOLE);
}

/** @type {(stage: Stage) => void} */
export function leaveViewGroup(stage) {
  stage.group.photos.delete(stage);
}

// Of the group's view, what this stage can show.
/** @type {(stage: Stage) => View} */
function seenView({ group, scene, width, height }) {
  return holdView(group.view, scene.imageHw, width, height);
}

/** @type {(stage: Stage) => Place} */
export function currentPlace(stage) {
  return placeView(seenView(stage), stage.scene.imageHw, stage.width, stage.height);
}

/** @type {(stage: Stage, factor: number, x: number, y: number) => void} */
export function zoom(stage, factor, x, y) {
  const { scene, width, height } = stage;
  moveView(stage, zoomView(seenView(stage), factor, x, y, scene.imageHw, width, height));
}

/** @type {(stage: Stage, dx: number, dy: number) => void} */
export function pan(stage, dx, dy) {
  const { scene, width, height } = stage;
  moveView(stage, panView(seenView(stage), dx, dy, scene.imageHw, width, height));
}

/** @type {(stage: Stage) => void} */
export function fitView(stage) {
  setView(stage, WHOLE);
}

// A side that this stage shows whole was not moved by it: the others stay where they are there.
/** @type {(stage: Stage, moved: View) => void} */
function moveView(stage, moved) {
  const { group, scene, width, height } = stage;
  const [halfX, halfY] = halfShown(moved, scene.imageHw, width, height);
  const { cx, cy } = moved.zoom > 1 ? group.view : WHOLE;
  setView(stage, {
    zoom: moved.zoom,
    cx: halfX < 0.5 ? moved.cx : cx,
    cy: halfY < 0.5 ? moved.cy : cy,
  });
}

/** @type {(stage: Stage, view: View) => void} */
function setView(stage, view) {
  stage.group.view = view;
  for (const one of stage.group.photos.keys()) showView(one);
}

/** @type {(stage: Stage) => void} */
export function showView(stage) {
  if (stage.told) stage.tip.hidden = true; // it would point at where the box was
  // While all is visible a finger scrolls the page; zoomed in it pans the photo, editing it draws.
  const ours = stage.group.view.zoom > 1 || isEditing(stage);
  stage.overlay.style.touchAction = ours ? "none" : "pan-x pan-y";
  invalidate(stage, { moving: true });
}
