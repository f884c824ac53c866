// The text beside the pointer. Only textContent: nothing of the scene becomes markup.

/** @type {(tip: HTMLElement, lines: string[], x: number, y: number, stageW: number, stageH: number) => void} */
export function showTip(tip, lines, x, y, stageW, stageH) {
  tip.replaceChildren(
    ...lines.map((line, i) => {
      const row = document.createElement(i === 0 ? "strong" : "div");
      row.textContent = line;
      return row;
    }),
  );
  tip.hidden = false;
  const left = x + 16 + tip.offsetWidth > stageW ? x - 16 - tip.offsetWidth : x + 16;
  const top = y + 16 + tip.offsetHeight > stageH ? y - 16 - tip.offsetHeight : y + 16;
  /** @type {(value: number, size: number, stage: number) => number} */
  const held = (value, size, stage) => Math.max(2, Math.min(value, stage - size - 2));
  const atX = held(left, tip.offsetWidth, stageW);
  const atY = held(top, tip.offsetHeight, stageH);
  tip.style.transform = `translate(${atX}px, ${atY}px)`;
}
