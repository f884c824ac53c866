"""Counted lines are the picture that stroked lines would be."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from pages._ui.canvas import assets
from pages._ui.scripts.join import join

DENSITY = Path(assets.__file__).parent / "js" / "drawing" / "density.js"

COMPARE = """async ([source, line, alpha]) => {
  const scope = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const [width, height] = [90, 70];
  let seed = 7;
  const random = (most) => (seed = (seed * 16807) % 2147483647) % most;
  const colours = [["#3366cc", [0x33, 0x66, 0xcc]], ["#e69f00", [0xe6, 0x9f, 0x00]]];
  const boxes = colours.map(() => Array.from({ length: 150 }, () => {
    const [x, y] = [random(130) - 30, random(110) - 30];
    return [x, y, x + random(60), y + random(60)];  // some outside, some thinner than the line
  }));
  const draw = (paint) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.globalAlpha = alpha;
    paint(context);
    return context.getImageData(0, 0, width, height).data;
  };
  const stroked = draw((context) => {
    colours.forEach(([colour], group) => boxes[group].forEach(([x1, y1, x2, y2]) => {
      context.fillStyle = colour;
      // The outline once, also where a slim box's own lines lie over each other.
      const path = new Path2D();
      path.rect(x1, y1, x2 - x1 + line, y2 - y1 + line);
      if (x2 - x1 > line && y2 - y1 > line) {
        path.rect(x1 + line, y1 + line, x2 - x1 - line, y2 - y1 - line);
      }
      context.fill(path, "evenodd");
    }));
  });
  const counted = draw((context) => {
    const sheet = scope.sheetOf(width, height);
    colours.forEach(([, rgb], group) => {
      for (const [x1, y1, x2, y2] of boxes[group]) {
        scope.addOutline(sheet, x1, y1, x2 + line, y2 + line, line);
      }
      scope.inkLines(sheet, rgb, alpha);
    });
    scope.paintSheet(context);
  });
  let worst = 0;
  let inked = 0;
  for (let i = 0; i < stroked.length; i += 4) {
    if (stroked[i + 3] === 0 && counted[i + 3] === 0) continue;
    inked += 1;
    // As they look on black: a faint pixel's colour is known to few bits only.
    for (let channel = 0; channel < 4; channel += 1) {
      const seen = (of) => channel < 3 ? of[i + channel] * of[i + 3] / 255 : of[i + 3];
      worst = Math.max(worst, Math.abs(seen(stroked) - seen(counted)));
    }
  }
  return { worst, inked };
}"""


@pytest.mark.parametrize("line", [1, 2, 3])
@pytest.mark.parametrize("alpha", [0.15, 1.0])
def test_counting_paints_what_stroking_paints(page: Page, line: int, alpha: float) -> None:
    seen = page.evaluate(COMPARE, [join(DENSITY), line, alpha])
    assert seen["inked"] > 3000
    # Blending one line after the other rounds at each step.
    assert seen["worst"] <= (12 if alpha < 1 else 0)
