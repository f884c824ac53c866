// Where the photo lies on the stage. A view is kept in fractions of the photo and relative to
// "fits", so that it shows the same place after a resize or another input size.

/** @import { Hw, Place, View } from "../types.d.ts" */

const MAX_ZOOM = 60;

// scale: CSS pixels per pixel of the network input; left, top: the photo's corner, CSS pixels.
/** @type {(view: View, imageHw: Hw, stageW: number, stageH: number) => Place} */
export function placeView(view, [imageH, imageW], stageW, stageH) {
  const fit = Math.min(stageW / imageW, stageH / imageH);
  const scale = fit * view.zoom;
  return {
    scale,
    left: stageW / 2 - view.cx * imageW * scale,
    top: stageH / 2 - view.cy * imageH * scale,
  };
}

/** @type {(place: Place, x: number, y: number) => [number, number]} */
export function toImage(place, x, y) {
  return [(x - place.left) / place.scale, (y - place.top) / place.scale];
}

// Zoom so that the point under (x, y) stays where it is.
/** @type {(view: View, factor: number, x: number, y: number, imageHw: Hw, stageW: number, stageH: number) => View} */
export function zoomView(view, factor, x, y, imageHw, stageW, stageH) {
  const [px, py] = toImage(placeView(view, imageHw, stageW, stageH), x, y);
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom * factor));
  const { scale } = placeView({ ...view, zoom }, imageHw, stageW, stageH);
  return holdView(
    {
      zoom,
      cx: (px + (stageW / 2 - x) / scale) / imageHw[1],
      cy: (py + (stageH / 2 - y) / scale) / imageHw[0],
    },
    imageHw,
    stageW,
    stageH,
  );
}

/** @type {(view: View, dx: number, dy: number, imageHw: Hw, stageW: number, stageH: number) => View} */
export function panView(view, dx, dy, imageHw, stageW, stageH) {
  const { scale } = placeView(view, imageHw, stageW, stageH);
  const cx = view.cx - dx / (imageHw[1] * scale);
  const cy = view.cy - dy / (imageHw[0] * scale);
  return holdView({ ...view, cx, cy }, imageHw, stageW, stageH);
}

// Keep the photo on the stage: no empty margin on a side where the photo reaches beyond it.
/** @type {(view: View, imageHw: Hw, stageW: number, stageH: number) => View} */
export function holdView(view, imageHw, stageW, stageH) {
  const [halfX, halfY] = halfShown(view, imageHw, stageW, stageH);
  /** @type {(centre: number, half: number) => number} */
  const hold = (centre, half) => {
    return half >= 0.5 ? 0.5 : Math.min(1 - half, Math.max(half, centre));
  };
  return { zoom: view.zoom, cx: hold(view.cx, halfX), cy: hold(view.cy, halfY) };
}

// Half of the photo's width and height that the stage shows; from 0.5 on it is the whole of it.
/** @type {(view: View, imageHw: Hw, stageW: number, stageH: number) => [number, number]} */
export function halfShown(view, [imageH, imageW], stageW, stageH) {
  const { scale } = placeView(view, [imageH, imageW], stageW, stageH);
  return [stageW / 2 / (imageW * scale), stageH / 2 / (imageH * scale)];
}
