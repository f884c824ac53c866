// What is said to those who hear the page.

/** @import { Stage } from "../types.d.ts" */

import { find } from "../../../scripts/dom.js";

/** @type {(stage: Stage, text: string) => void} */
export function speak(stage, text) {
  clearTimeout(stage.speaking);
  stage.speaking = setTimeout(() => {
    find(stage.root, ".spoken", HTMLElement).textContent = text;
  }, 500);
}
