// The words that stand on a canvas whatever it shows: each at the element whose data-label names it,
// in canvas.html and in the bars of NMS.

/** @import { Label, Stage } from "../types.d.ts" */

import { findAll } from "../../../scripts/dom.js";
import { tr, wordsInForce } from "../../../scripts/words.js";

// As functions: the language can change while a canvas is here.
/** @type {Record<string, () => Label>} */
const LABELS = {
  drawn: () => ({ spoken: tr("What is drawn") }),
  disclose: () => ({ text: tr("Layers and filters") }),
  layers: () => ({ spoken: tr("Layers") }),
  image: () => ({ text: tr("Image") }),
  proposals: () => ({
    text: tr("Proposals"),
    title: tr("Boxes kept after NMS: what the RPN hands on"),
  }),
  suppressed: () => ({
    text: tr("Suppressed"),
    title: tr("Boxes that lost to a better one that overlaps them"),
  }),
  candidates: () => ({
    text: tr("Before NMS"),
    title: tr("Every box that entered NMS: kept, suppressed and beyond the limit"),
  }),
  offsets: () => ({
    text: tr("Offsets"),
    title: tr("From each shown box's anchor to the box"),
  }),
  objects: () => ({
    text: tr("Objects"),
    title: tr("Ground truth: what a detector should find"),
  }),
  anchors: () => ({ text: tr("Anchors") }),
  anchorsOff: () => ({ text: tr("off") }),
  anchorsCell: () => ({ text: tr("one cell") }),
  anchorsSampled: () => ({ text: tr("sampled") }),
  anchorsAll: () => ({ text: tr("all") }),
  cellLevel: () => ({ text: tr("Cell of") }),
  heatLevel: () => ({ text: tr("Heat map") }),
  heatShape: () => ({ text: tr("Shape") }),
  colourBy: () => ({ text: tr("Colour by") }),
  byScore: () => ({ text: tr("score") }),
  byLevel: () => ({ text: tr("level") }),
  byFate: () => ({ text: tr("fate") }),
  minScore: () => ({ text: tr("Score ≥") }),
  topN: () => ({ text: tr("Best") }),
  levels: () => ({ spoken: tr("Levels") }),
  fit: () => ({
    text: tr("Fit"),
    title: tr("Show the whole photo (key 0, or double-click)"),
  }),
  png: () => ({ text: tr("PNG"), title: tr("Download the picture as seen") }),
  full: () => ({ text: tr("Full screen"), title: tr("Fill the screen") }),
  editbar: () => ({ spoken: tr("Edit boxes") }),
  edit: () => ({
    text: tr("Edit boxes"),
    title: tr("Draw, move, resize and delete objects (key E on the picture)"),
  }),
  remove: () => ({ text: tr("Delete"), title: tr("Delete the selected box (key Delete)") }),
  undo: () => ({ text: tr("Undo"), title: tr("Undo (Ctrl+Z)") }),
  redo: () => ({ text: tr("Redo"), title: tr("Redo (Ctrl+Shift+Z)") }),
  hintOff: () => ({ text: tr("Draw what a detector should find here, or correct it.") }),
  hintOn: () => ({
    text: tr("Drag to draw. Click a box to select it, then drag it or its handles."),
  }),
  hintMouse: () => ({ text: tr("Space and drag pans.") }),
  hintTouch: () => ({ text: tr("Two fingers zoom and pan.") }),
  nms: () => ({ spoken: tr("Threshold of NMS") }),
  nmsRange: () => ({ text: tr("NMS IoU") }),
  playbar: () => ({ spoken: tr("Playback of NMS") }),
  playback: () => ({ text: tr("Playback"), title: tr("Go through NMS box by box") }),
  playFirst: () => ({ title: tr("First step"), spoken: tr("First step") }),
  playBack: () => ({ title: tr("Step back"), spoken: tr("Step back") }),
  playNext: () => ({ title: tr("Step"), spoken: tr("Step") }),
  playRange: () => ({ spoken: tr("Step of NMS") }),
  playJump: () => ({
    text: tr("To the selected box"),
    title: tr("Go to the step that decided about the selected box"),
  }),
};

// Say everything again where the language is another one than before.
/** @type {(stage: Stage) => void} */
export function renderLabels(stage) {
  if (stage.labelledIn === wordsInForce()) return;
  const { root } = stage;
  for (const element of findAll(root, "[data-label]", HTMLElement)) {
    const { text, title, spoken } = LABELS[element.dataset.label ?? ""]();
    if (text) element.textContent = text;
    if (title) element.title = title;
    if (spoken) element.setAttribute("aria-label", spoken);
  }
  root.dataset.labelled = "";
  // What is built only when its own content changes.
  stage.levelSignature = stage.classSignature = stage.shapeSignature = "";
  stage.labelledIn = wordsInForce();
}

// What the picture is and which keys it takes, for those who hear it.
/** @type {() => string} */
export function lookWords() {
  return tr(
    "Photo with boxes. Arrows pan, plus and minus zoom, 0 shows all, N and P go to the next and " +
      "previous box, O to the next object, Escape deselects.",
  );
}

/** @type {() => string} */
export function editWords() {
  return tr(
    "Photo with objects to edit. Enter adds a box in the middle, N and P go from box to box, " +
      "arrows move the selected box, Shift and arrows resize it, Delete removes it, Control Z " +
      "undoes, plus and minus zoom, Escape deselects, E ends editing.",
  );
}
