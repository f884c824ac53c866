// The picture as a file.

/** @import { Stage } from "../types.d.ts" */

import { penOf } from "../../../scripts/dom.js";

/** @type {(stage: Stage) => void} */
export function downloadPng(stage) {
  const { base, overlay } = stage;
  const canvas = document.createElement("canvas");
  canvas.width = base.width;
  canvas.height = base.height;
  const context = penOf(canvas);
  context.fillStyle = getComputedStyle(stage.root).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(base, 0, 0);
  context.drawImage(overlay, 0, 0);
  canvas.toBlob((blob) => {
    if (!blob) return; // larger than the browser can write
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "region-proposals.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}
