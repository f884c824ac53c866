// Parts of the page, each of the kind that is asked for.

/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Pen */

/** @type {<E extends Element>(root: ParentNode, selector: string, kind: new () => E) => E} */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The component has no ${selector}.`);
  return found;
}

/** @type {<E extends Element>(root: ParentNode, selector: string, kind: new () => E) => E[]} */
export function findAll(root, selector, kind) {
  return [...root.querySelectorAll(selector)].flatMap((found) => (found instanceof kind ? [found] : []));
}

/** @type {(canvas: HTMLCanvasElement | OffscreenCanvas) => Pen} */
export function penOf(canvas) {
  const context = /** @type {Pen | null} */ (canvas.getContext("2d"));
  if (!context) throw new Error("The browser gives a canvas no way to draw.");
  return context;
}
