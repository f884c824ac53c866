// What is selected on a canvas, and how the page hears of it.

/** @import { Chosen, ObjectHere, Selection, Stage } from "../types.d.ts" */

import { hoverAt } from "./frame.js";

export const SEND_AFTER_MS = 250; // long enough for a double-click to take back its clicks

// Only while its photo and grid are shown, an object only while its photo is: the same rule as
// read_selection in Python.
/** @type {(stage: Stage) => Selection | null} */
export function selectionOf(stage) {
  const { selection, scene, objects } = stage;
  if (!selection) return null;
  if (selection.object === null) return selection.layout === scene.layout ? selection : null;
  const there = objects?.list.some(({ id }) => id === selection.object);
  return there && selection.photo === scene.photoId ? selection : null;
}

/** @type {(stage: Stage, object: number) => Selection} */
export function selectionOfObject({ scene }, object) {
  return { layout: scene.layout, photo: scene.photoId, anchor: null, cell: null, object };
}

/** @type {(stage: Stage) => ObjectHere | null} */
export function selectedObject(stage) {
  const id = selectionOf(stage)?.object;
  return stage.objects?.list.find((object) => object.id === id) ?? null;
}

/** @type {(stage: Stage, chosen: Chosen | null) => void} */
export function select(stage, chosen) {
  const { layout, photoId: photo } = stage.scene;
  stage.selection = chosen && {
    layout,
    photo,
    anchor: chosen.anchor,
    cell: chosen.cell,
    object: chosen.object ?? null,
  };
  hoverAt(stage, null);
  clearTimeout(stage.sending);
  stage.sending = setTimeout(() => {
    stage.send("selected", sentSelection(stage));
  }, SEND_AFTER_MS);
  stage.refresh();
}

/** @type {(stage: Stage, id: number | null) => void} */
export function selectObject(stage, id) {
  select(stage, id === null ? null : { anchor: null, cell: null, object: id });
}

// Numbered, because a selection also travels with edited objects, and the later one counts.
/** @type {(stage: Stage) => Partial<Selection> & { number: number }} */
export function sentSelection(stage) {
  stage.memory.selections += 1;
  return { ...stage.selection, number: stage.memory.selections };
}
