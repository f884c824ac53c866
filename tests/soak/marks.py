"""A number in large black and white blocks, which survives JPEG, scaling and lines across it."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

COLUMNS, ROWS = 8, 2
SHARE = 0.2  # of the photo's height
SESSIONS, UPLOADS = 32, 128  # that 5 and 7 bits tell apart
_CHECKS = 16


def _check(number: int) -> int:
    """4 bits that differ when any one bit of the 12 does, and when two neighbours do.

    >>> {_check(0) ^ _check(1 << bit) for bit in range(12)} & {0}
    set()
    """
    check = 0
    for bit in range(12):
        check ^= (bit + 1) % _CHECKS if number >> bit & 1 else 0
    return check ^ 0b1001  # so that all black and all white are no mark


def bits(session: int, upload: int) -> list[bool]:
    """The blocks, row by row; True is white.

    >>> decode([255.0 if bit else 0.0 for bit in bits(19, 100)])
    (19, 100)
    """
    if not (0 <= session < SESSIONS and 0 <= upload < UPLOADS):
        raise ValueError(f"session {session}, upload {upload}: no room for such a number")
    number = session * UPLOADS + upload
    code = number << 4 | _check(number)
    return [bool(code >> place & 1) for place in reversed(range(COLUMNS * ROWS))]


def decode(luminances: Sequence[float]) -> tuple[int, int] | None:
    """(session, upload) from the blocks' medians, 0 to 255; None when they are no mark.

    >>> decode([0.0] * 16), decode([128.0] * 16)
    (None, None)
    """
    if len(luminances) != COLUMNS * ROWS or any(90 < value < 165 for value in luminances):
        return None
    code = 0
    for value in luminances:
        code = code << 1 | (value > 127)
    number = code >> 4
    if code & (_CHECKS - 1) != _check(number):
        return None
    return divmod(number, UPLOADS)


def stamp(image: Image.Image, session: int, upload: int) -> None:
    """Paint the mark over the top of a photo."""
    draw = ImageDraw.Draw(image)
    width, height = image.width / COLUMNS, image.height * SHARE / ROWS
    for place, white in enumerate(bits(session, upload)):
        row, column = divmod(place, COLUMNS)
        corner = (column * width, row * height)
        draw.rectangle(
            (*corner, corner[0] + width, corner[1] + height), fill="white" if white else "black"
        )


# Medians of the luminance in the middle of each block, from the pixels that are on the screen.
READ = """(root, [imageH, imageW, rows, columns, share]) => {
  const canvas = root.querySelector(".base");
  const ratio = window.devicePixelRatio || 1;
  const [scale, left, top] = ["scale", "left", "top"].map((name) => root.dataset[name] * ratio);
  const width = imageW * scale, height = imageH * scale * share;
  const x0 = Math.round(left), y0 = Math.round(top);
  const [w, h] = [Math.floor(width), Math.floor(height)];
  if (!(w > 4 && h > 4) || x0 < 0 || y0 < 0) return [];
  const pixels = canvas.getContext("2d").getImageData(x0, y0, w, h).data;
  const medians = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const values = [];
      for (let i = 0; i < 15; i += 1) {
        for (let j = 0; j < 15; j += 1) {
          const x = Math.floor((w * (column + 0.2 + (0.6 * i) / 14)) / columns);
          const y = Math.floor((h * (row + 0.2 + (0.6 * j) / 14)) / rows);
          const at = 4 * (y * w + x);
          values.push(0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2]);
        }
      }
      medians.push(values.sort((a, b) => a - b)[values.length >> 1]);
    }
  }
  return medians;
}"""
