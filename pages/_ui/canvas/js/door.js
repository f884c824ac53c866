// The canvas component itself holds next to no code: Streamlit sends a component's code with each of
// its payloads. All of it is in a second component, which is sent once.

/** @import { Component } from "./types.d.ts" */

/**
 * What draws a component, and what ends that.
 *
 * @typedef {(component: Component) => () => void} Draw
 * @typedef {{ draw: Draw | null, waiting: Set<() => void> }} Door
 */

const CODE_ASKED_AFTER_MS = 5000;
const CODE_ASKED_FOR = 3; // times at most

// The two components are scripts of their own, which share nothing but the page.
/** @type {() => Door} */
function door() {
  const page = /** @type {{ rpnCanvasDoor?: Door }} */ (globalThis);
  page.rpnCanvasDoor ??= { draw: null, waiting: new Set() };
  return page.rpnCanvasDoor;
}

/** @type {(draw: Draw) => void} */
export function openDoor(draw) {
  const { waiting } = Object.assign(door(), { draw });
  for (const enter of waiting) enter();
  waiting.clear();
}

// Draw as soon as the code has come; returns what ends it.
/** @type {Draw} */
export default function enterDoor(component) {
  /** @type {(() => void) | null} */
  let leave = null;
  let asked = 0;
  // It was sent, but a message can be overtaken by the next run and be lost.
  const asking = setInterval(() => {
    asked += 1;
    if (door().draw || asked > CODE_ASKED_FOR) clearInterval(asking);
    else component.setTriggerValue("missing", `code ${asked}`);
  }, CODE_ASKED_AFTER_MS);
  const enter = () => {
    clearInterval(asking);
    leave = door().draw?.(component) ?? null;
  };
  if (door().draw) enter();
  else door().waiting.add(enter);
  return () => {
    clearInterval(asking);
    door().waiting.delete(enter);
    leave?.();
  };
}
