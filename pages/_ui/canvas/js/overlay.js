// What follows the pointer and the selection, on a canvas of its own: cheap to redraw.

const MOST_ARROWS = 300;

function rectOnStage(coords, anchor, place) {
  return [0, 1, 2, 3].map((i) => {
    return coords[anchor * 4 + i] * place.scale + (i % 2 ? place.top : place.left);
  });
}

function outline(context, [x1, y1, x2, y2], colour, width, dash = []) {
  context.setLineDash([]);
  context.strokeStyle = "rgba(0, 0, 0, 0.75)";
  context.lineWidth = width + 2;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  context.setLineDash([]);
}

function arrow(context, fromX, fromY, toX, toY) {
  const length = Math.hypot(toX - fromX, toY - fromY);
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  if (length > 6) {
    const angle = Math.atan2(toY - fromY, toX - fromX);
    const head = Math.min(8, length / 2);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(toX, toY);
      context.lineTo(toX + head * Math.cos(angle + turn), toY + head * Math.sin(angle + turn));
    }
  } else {
    context.moveTo(toX + 2, toY);
    context.arc(toX, toY, 2, 0, 2 * Math.PI);
  }
  context.stroke();
}

// From the middle of the anchor to the middle of the box that it became.
function drawOffset(context, scene, anchor, place, colour) {
  const from = rectOnStage(scene.anchors, anchor, place);
  const to = rectOnStage(scene.decoded, anchor, place);
  const middle = ([x1, y1, x2, y2]) => [(x1 + x2) / 2, (y1 + y2) / 2];
  for (const [ink, width] of [["rgba(0, 0, 0, 0.6)", 3.5], [colour, 1.5]]) {
    context.setLineDash([2, 3]);
    context.strokeStyle = ink;
    context.lineWidth = width - 0.5;
    context.strokeRect(from[0], from[1], from[2] - from[0], from[3] - from[1]);
    context.setLineDash([]);
    context.lineWidth = width;
    arrow(context, ...middle(from), ...middle(to));
  }
}

function drawOffsets(context, scene, shown, place) {
  for (const anchor of shown.subarray(0, MOST_ARROWS)) {
    drawOffset(context, scene, anchor, place, "#ffffff");
  }
}

function drawCell(context, scene, [level, y, x], place, colour) {
  const { strideHw } = scene.levels[level];
  const left = x * strideHw[1] * place.scale + place.left;
  const top = y * strideHw[0] * place.scale + place.top;
  const box = [left, top, left + strideHw[1] * place.scale, top + strideHw[0] * place.scale];
  outline(context, box, colour, 1.5);
}

function drawSelected(context, scene, anchor, place) {
  const coords = scene.scored ? scene.boxes : scene.anchors;
  if (scene.scored) {
    const winner = scene.suppressedBy[anchor];
    if (winner >= 0) {
      const { colour, width } = scene.palette.fates[FATE_KEPT];
      outline(context, rectOnStage(scene.boxes, winner, place), colour, width);
    }
    drawOffset(context, scene, anchor, place, "#ffffff");
  }
  outline(context, rectOnStage(coords, anchor, place), "#ffffff", 3);
}
