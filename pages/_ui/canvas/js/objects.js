// Ground-truth objects: where they lie on the stage and how they are drawn. Their boxes are in
// pixels of the original photo, all others in those of the network input.

const CORNER = 12; // CSS pixels of the thick corners
const GRAB = 6; // CSS pixels around a line that still mean it
const FINGER_GRAB = 16;
const HANDLE = 9;
const MOST_TAGS = 40; // beyond it only the object under the pointer is named
const TAG_HEIGHT = 17;

// The eight handles, as parts of width and height.
const HANDLES = [
  [0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5],
];

// CSS pixels per pixel of the original photo, and where its corner lies.
function photoPlace(scene, place) {
  return {
    x: (place.scale * scene.imageHw[1]) / scene.originalHw[1],
    y: (place.scale * scene.imageHw[0]) / scene.originalHw[0],
    left: place.left,
    top: place.top,
  };
}

function rectOfObject(box, at) {
  const [x1, y1, x2, y2] = box;
  return [x1 * at.x + at.left, y1 * at.y + at.top, x2 * at.x + at.left, y2 * at.y + at.top];
}

function pointOfPhoto({ x, y }, at) {
  return [(x - at.left) / at.x, (y - at.top) / at.y];
}

// A label set may hold boxes that are not numbers, or that end before they start.
function isDrawable({ box }) {
  return box.every((side) => side !== null);
}

function objectLine({ palette }, states, object) {
  const kind = states[object.state] ?? (object.crowd ? palette.crowd : palette.object);
  return object.crowd ? { ...kind, dash: palette.crowd.dash } : kind;
}

// Every object that is drawn, the smallest last, so that it stays visible on a larger one.
function drawObjects(context, stage, place) {
  const { scene, objects, memory } = stage;
  const at = photoPlace(scene, place);
  const chosen = selectedObject(stage);
  const named = objects.list.length <= MOST_TAGS;
  const drawn = objects.list.filter(isDrawable);
  drawn.sort((a, b) => areaOfBox(b.box) - areaOfBox(a.box));
  stage.tags = [];
  for (const object of drawn) {
    const rect = rectOfObject(object.box, at);
    const on = object === chosen || object.id === stage.hover?.object;
    const line = objectLine(scene, objects.states, object);
    if (object === chosen && !memory.editing.on) tint(context, rect);
    drawObject(context, rect, line, on, stage.width < SMALL_STAGE);
    const text = tagOf(stage, object, on);
    if (text && (named || on)) stage.tags.push(drawTag(context, stage, object, rect, text));
  }
  if (chosen && memory.editing.on && isDrawable(chosen)) {
    drawHandles(context, rectOfObject(chosen.box, at));
  }
}

function tint(context, [x1, y1, x2, y2]) {
  context.fillStyle = "rgba(255, 255, 255, 0.18)";
  context.fillRect(x1, y1, x2 - x1, y2 - y1);
}

function areaOfBox([x1, y1, x2, y2]) {
  return (x2 - x1) * (y2 - y1);
}

// What stands beside a box: its number, where the page gave it one, and its category.
function nameOf({ number, label }) {
  return [number, label].filter((part) => part !== null && part !== "").join(" ");
}

// While a box is being drawn its size is what a person wants to know.
function tagOf({ gesture }, object, on) {
  if (!on || !gesture?.moved || gesture.id !== object.id) return nameOf(object);
  const [x1, y1, x2, y2] = object.box;
  return tr("{width} × {height} px", { width: fixed(x2 - x1), height: fixed(y2 - y1) });
}

function drawObject(context, rect, line, on, small) {
  const width = (small ? 0.7 : 1) * line.width + (on ? 1 : 0);
  outline(context, rect, line.colour, width, line.dash);
  const [x1, y1, x2, y2] = rect;
  const [w, h] = [Math.abs(x2 - x1), Math.abs(y2 - y1)];
  const [dx, dy] = [Math.min(CORNER, w / 4), Math.min(CORNER, h / 4)];
  context.lineCap = "square";
  for (const [ink, thick] of [["rgba(0, 0, 0, 0.75)", width + 3.5], [line.colour, width + 1.5]]) {
    context.strokeStyle = ink;
    context.lineWidth = Math.min(thick, Math.max(1, Math.min(w, h) / 3));
    context.beginPath();
    for (const [x, y, towardsX, towardsY] of [
      [x1, y1, dx, dy], [x2, y1, -dx, dy], [x2, y2, -dx, -dy], [x1, y2, dx, -dy],
    ]) {
      context.moveTo(x + towardsX, y);
      context.lineTo(x, y);
      context.lineTo(x, y + towardsY);
    }
    context.stroke();
  }
  context.lineCap = "butt";
}

// Names are painted, never made markup. Returns where, so that a name can be clicked too.
function drawTag(context, stage, object, [x1, y1, , y2], text) {
  context.font = "600 11px system-ui, sans-serif";
  const words = text.length > 32 ? `${text.slice(0, 31)}…` : text;
  const width = context.measureText(words).width + 10;
  const left = Math.max(2, Math.min(x1 - 2, stage.width - width - 2));
  // Above the box, below it at the photo's upper edge, and inside where both leave the stage.
  const places = [y1 - TAG_HEIGHT - 3, y2 + 4, Math.max(0, y1) + 4];
  const top = places.find((y) => y >= 0 && y + TAG_HEIGHT <= stage.height) ?? places[2];
  context.fillStyle = "rgba(0, 0, 0, 0.72)";
  context.beginPath();
  context.roundRect(left, top, width, TAG_HEIGHT, 4);
  context.fill();
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(words, left + 5, top + TAG_HEIGHT / 2 + 0.5);
  return { id: object.id, left, top, right: left + width, bottom: top + TAG_HEIGHT };
}

function drawHandles(context, [x1, y1, x2, y2]) {
  context.lineWidth = 1.5;
  for (const [h, v] of HANDLES) {
    const x = x1 + h * (x2 - x1) - HANDLE / 2;
    const y = y1 + v * (y2 - y1) - HANDLE / 2;
    context.fillStyle = "#ffffff";
    context.fillRect(x, y, HANDLE, HANDLE);
    context.strokeStyle = "#000000";
    context.strokeRect(x, y, HANDLE, HANDLE);
  }
}

// ---- what lies under the pointer -------------------------------------------------------------

// The handle under a point: its parts of width and height, or null. On a small box the corners win.
function handleAt(rect, { x, y }, reach) {
  const [x1, y1, x2, y2] = rect;
  const corners = HANDLES.filter(([h, v]) => h !== 0.5 && v !== 0.5);
  const sides = HANDLES.filter(([h, v]) => h === 0.5 || v === 0.5);
  const near = ([h, v]) => {
    return Math.hypot(x1 + h * (x2 - x1) - x, y1 + v * (y2 - y1) - y) <= reach;
  };
  return corners.find(near) ?? sides.find(near) ?? null;
}

function isInside([x1, y1, x2, y2], { x, y }, slack = 0) {
  return x >= x1 - slack && x <= x2 + slack && y >= y1 - slack && y <= y2 + slack;
}

function isOnLine(rect, point, reach) {
  const [x1, y1, x2, y2] = rect;
  const inner = [x1 + reach, y1 + reach, x2 - reach, y2 - reach];
  return isInside(rect, point, reach) && !isInside(inner, point);
}

// Objects whose line or name is under the point, else those around it; smallest first.
function objectsAt(stage, point, place, reach, around) {
  const { scene, objects, tags = [] } = stage;
  const at = photoPlace(scene, place);
  const named = tags.filter((tag) => isInside([tag.left, tag.top, tag.right, tag.bottom], point));
  const names = new Set(named.map((tag) => tag.id));
  const drawable = objects.list.filter(isDrawable);
  drawable.sort((a, b) => areaOfBox(a.box) - areaOfBox(b.box));
  const touched = drawable.filter((object) => {
    return names.has(object.id) || isOnLine(rectOfObject(object.box, at), point, reach);
  });
  if (touched.length > 0 || !around) return touched;
  return drawable.filter((object) => isInside(rectOfObject(object.box, at), point));
}

// ---- in words --------------------------------------------------------------------------------

function describeObject({ scene, objects }, object) {
  const facts = {
    place: objects.list.indexOf(object) + 1,
    count: objects.list.length,
    label: object.label,
  };
  const lines = [
    object.label
      ? tr("Object {place} of {count}: {label}", facts)
      : tr("Object {place} of {count}", facts),
  ];
  if (isDrawable(object)) {
    const [w, h] = [object.box[2] - object.box[0], object.box[3] - object.box[1]];
    const [imageH, imageW] = scene.imageHw;
    const [originalH, originalW] = scene.originalHw;
    const [inputW, inputH] = [(w * imageW) / originalW, (h * imageH) / originalH];
    lines.push(photoSides(w, h));
    const ratio = fixed(inputH / inputW, 2);
    const sides = { width: fixed(inputW), height: fixed(inputH), ratio };
    lines.push(
      inputW > 0
        ? tr("{width} × {height} px in the network input, h/w {ratio}", sides)
        : tr("{width} × {height} px in the network input", sides),
    );
  }
  if (object.crowd) lines.push(tr("A region of many objects (crowd)"));
  const state = objects.states[object.state];
  if (state) lines.push(capital(state.name));
  return lines;
}
