"""Counted lines are the picture that stroked lines would be."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from pages._ui.canvas.assets import javascript

COMPARE = """([source, line, alpha]) => {
  const scope = new Function(source + "; return { createLines, addOutline, paintLines };")();
  const [width, height] = [90, 70];
  let seed = 7;
  const random = (most) => (seed = (seed * 16807) % 2147483647) % most;
  const boxes = Array.from({ length: 300 }, () => {
    const [x, y] = [random(130) - 30, random(110) - 30];
    return [x, y, x + random(60), y + random(60)];  // some outside, some thinner than the line
  });
  const draw = (paint) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.globalAlpha = alpha;
    paint(context);
    return context.getImageData(0, 0, width, height).data;
  };
  const stroked = draw((context) => {
    context.fillStyle = "#3366cc";
    for (const [x1, y1, x2, y2] of boxes) {
      // The outline once, also where a slim box's own lines lie over each other.
      const path = new Path2D();
      path.rect(x1, y1, x2 - x1 + line, y2 - y1 + line);
      if (x2 - x1 > line && y2 - y1 > line) {
        path.rect(x1 + line, y1 + line, x2 - x1 - line, y2 - y1 - line);
      }
      context.fill(path, "evenodd");
    }
  });
  const counted = draw((context) => {
    const lines = scope.createLines(width, height);
    for (const [x1, y1, x2, y2] of boxes) {
      scope.addOutline(lines, x1, y1, x2 + line, y2 + line, line);
    }
    scope.paintLines(context, lines, "#3366cc");
  });
  let worst = 0;
  let inked = 0;
  for (let i = 3; i < stroked.length; i += 4) {
    worst = Math.max(worst, Math.abs(stroked[i] - counted[i]));
    inked += stroked[i] > 0;
  }
  return { worst, inked, colour: [...counted.subarray(0, 4)] };
}"""


@pytest.mark.parametrize("line", [1, 2, 3])
@pytest.mark.parametrize("alpha", [0.15, 1.0])
def test_counting_paints_what_stroking_paints(page: Page, line: int, alpha: float) -> None:
    source = javascript().replace("export default", "const component =")
    seen = page.evaluate(COMPARE, [source, line, alpha])
    assert seen["inked"] > 3000
    # Blending one line after the other rounds at each step.
    assert seen["worst"] <= (12 if alpha < 1 else 0)
