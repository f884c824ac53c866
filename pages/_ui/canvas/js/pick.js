// Which box lies under the pointer.

// All shown boxes that contain the point, smallest first; of equal ones the better first.
function boxesAt(coords, shown, px, py, slack) {
  const found = [];
  for (const anchor of shown) {
    const x1 = coords[anchor * 4];
    const y1 = coords[anchor * 4 + 1];
    const x2 = coords[anchor * 4 + 2];
    const y2 = coords[anchor * 4 + 3];
    if (px >= x1 - slack && px <= x2 + slack && py >= y1 - slack && py <= y2 + slack) {
      found.push([anchor, (x2 - x1) * (y2 - y1)]);
    }
  }
  return found.sort((a, b) => a[1] - b[1]).map(([anchor]) => anchor);
}

// Clicking again on the same pile takes the next one.
function nextOf(pile, current) {
  return pile[(pile.indexOf(current) + 1) % pile.length];
}
