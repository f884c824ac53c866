// A bar of NMS under the switches.

/** @import { Bar } from "../types.d.ts" */

import { find } from "../../../scripts/dom.js";

// Put a bar, which is one element, after another; its parts are named by an attribute.
/** @type {(after: Element, attribute: string, html: string) => Bar} */
export function createBar(after, attribute, html) {
  after.insertAdjacentHTML("afterend", html);
  const bar = /** @type {HTMLElement} */ (after.nextElementSibling);
  /** @type {(name: string) => string} */
  const named = (name) => `[${attribute}="${name}"]`;
  return {
    bar,
    part: (name) => find(bar, named(name), HTMLElement),
    button: (name) => find(bar, named(name), HTMLButtonElement),
    range: find(bar, named("range"), HTMLInputElement),
  };
}
