// Photo, anchors and boxes as three pictures, so that a moving view can move the boxes, and so that
// each is drawn again only when something that it shows has changed.

/** @import { ColourBy, Heat, Hw, Layer, Layers, Pen, Place, Scene, Stage } from "../types.d.ts" */

import { penOf } from "../../../scripts/dom.js";
import { colouring } from "../scene/colouring.js";
import { getPhoto } from "../scene/photos.js";
import { boxesOf } from "../scene/scene.js";
import { strokeBoxes } from "./strokes.js";

const HEAVY = 1500; // boxes; more are moved as a picture while the view moves

/** @type {() => Layers} */
export function createLayers() {
  const layer = () => ({ canvas: new OffscreenCanvas(1, 1), place: null, shows: [] });
  return { photo: layer(), anchors: layer(), boxes: layer() };
}

/** @type {(stage: Stage, width: number, height: number) => void} */
export function sizeLayers({ layers }, width, height) {
  for (const layer of Object.values(layers)) {
    if (layer.canvas.width === width && layer.canvas.height === height) continue;
    Object.assign(layer.canvas, { width, height }); // which also clears it
    layer.place = null;
  }
}

/** @type {(stage: Stage, place: Place) => void} */
export function drawLayers(stage, place) {
  const { layers, scene, memory, filtered, anchorLayer, ratio } = stage;
  const colourBy = colouring(scene, memory.controls);
  // The anchors of one cell are the subject then; boxes recede.
  const thin = memory.controls.anchors !== "cell";
  const photo = memory.controls.image ? getPhoto(scene.photoId) : null;
  const below = [photo, stage.heat, String(scene.imageHw), ratio];
  drawLayer(layers.photo, place, below, false, (context) => {
    drawPhoto(context, photo, stage.heat, scene.imageHw, place, ratio);
  });
  const heavy = filtered.shown.length + anchorLayer.shown.length > HEAVY;
  const resting = heavy && stage.moving;
  const colours = thin ? coloursOf(scene, colourBy) : [scene, scene.scored && scene.fate];
  const anchors = [anchorLayer.shown, scene.anchors, colourBy, thin, ratio, ...colours];
  drawLayer(layers.anchors, place, anchors, resting, (context) => {
    const style = { colourBy, thin };
    strokeBoxes(context, scene, scene.anchors, anchorLayer.shown, place, ratio, style);
  });
  drawLayer(layers.boxes, place, [filtered, colourBy, thin, ratio, scene], resting, (context) => {
    context.globalAlpha = thin ? 1 : 0.3;
    const style = { colourBy, thin: false };
    strokeBoxes(context, scene, boxesOf(scene), filtered.shown, place, ratio, style);
    context.globalAlpha = 1;
  });
}

/** @type {(context: Pen, photo: ImageBitmap | null, heat: Heat | null, imageHw: Hw, place: Place, ratio: number) => void} */
function drawPhoto(context, photo, heat, [imageH, imageW], place, ratio) {
  const scale = ratio * place.scale;
  context.save();
  context.setTransform(scale, 0, 0, scale, ratio * place.left, ratio * place.top);
  context.beginPath();
  context.rect(0, 0, imageW, imageH);
  context.clip();
  if (photo) {
    context.imageSmoothingEnabled = scale < (4 * photo.width) / imageW;
    context.imageSmoothingQuality = "high";
    context.drawImage(photo, 0, 0, imageW, imageH);
  }
  if (heat) {
    context.imageSmoothingEnabled = false;
    context.drawImage(heat.canvas, 0, 0, heat.w, heat.h);
  }
  context.restore();
}

// What thin lines in these colours are read from.
/** @type {(scene: Scene, colourBy: ColourBy) => unknown[]} */
function coloursOf(scene, colourBy) {
  if (scene.scored && colourBy === "score") return [scene.scores];
  if (scene.scored && colourBy === "fate") return [scene.fate];
  if (colourBy === "class") return [scene.classOf, JSON.stringify(scene.classes?.styles)];
  if (colourBy === "value") return [scene.valueOf, JSON.stringify(scene.values)];
  return [];
}

// Draw, unless the picture of before shows the same or, while the view moves, nearly the same.
/** @type {(layer: Layer, place: Place, shows: unknown[], resting: boolean, draw: (context: Pen) => void) => void} */
function drawLayer(layer, place, shows, resting, draw) {
  const changed = shows.some((part, i) => part !== layer.shows[i]) || layer.place === null;
  const moved = JSON.stringify(layer.place) !== JSON.stringify(place);
  if (!changed && (!moved || resting)) return;
  const { canvas } = layer;
  const context = penOf(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  draw(context);
  Object.assign(layer, { place, shows });
}

// Put the pictures where their boxes are now.
/** @type {(context: Pen, stage: Stage, place: Place) => void} */
export function placeLayers(context, { layers, ratio }, place) {
  for (const { canvas, place: drawnAt } of [layers.photo, layers.anchors, layers.boxes]) {
    if (!drawnAt) continue;
    const zoomed = place.scale / drawnAt.scale;
    const left = (place.left - drawnAt.left * zoomed) * ratio;
    const top = (place.top - drawnAt.top * zoomed) * ratio;
    context.drawImage(canvas, left, top, canvas.width * zoomed, canvas.height * zoomed);
  }
}
