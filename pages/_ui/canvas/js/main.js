// What Streamlit calls with every new payload, theme or remount, by way of door.js.

/** @import { Canvas, Component } from "./types.d.ts" */

import { find } from "../../scripts/dom.js";
import { openDoor } from "./door.js";
import { forgetMissing, takePayload } from "./missing.js";
import { parsePayload } from "./scene/payload.js";

/** @type {WeakMap<HTMLElement, Canvas>} */
const canvases = new WeakMap(); // by root element

/** @type {(component: Component) => () => void} */
function drawCanvas(component) {
  const root = find(component.parentElement, ".root", HTMLElement);
  const canvas = canvases.get(root) ?? { root, component, stage: null, asking: 0 };
  canvases.set(root, canvas);
  canvas.component = component;
  takePayload(canvas, parsePayload(component.data));
  return () => {
    // Streamlit also calls this for a payload that the next one overtook: then root still lives.
    if (root.isConnected) return;
    forgetMissing(canvas);
    canvas.stage?.destroy();
    canvases.delete(root);
  };
}

openDoor(drawCanvas);

// The code is a component of its own, which shows nothing.
export default function showNothing() {}
