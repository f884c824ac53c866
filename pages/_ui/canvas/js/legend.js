// What the lines mean, in words beside a sample of each.

// Cased as on the photo, so that a light line shows on a light page.
function casedSample({ colour, width, dash }) {
  const canvas = lineSample("rgba(0, 0, 0, 0.75)", width + 2, []);
  const context = canvas.getContext("2d");
  context.beginPath();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.moveTo(1, 5);
  context.lineTo(29, 5);
  context.stroke();
  return canvas;
}

function lineSample(colour, width, dash) {
  const canvas = document.createElement("canvas");
  canvas.width = 60;
  canvas.height = 20;
  canvas.style.width = "30px";
  canvas.style.height = "10px";
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1.5, width);
  context.setLineDash(dash);
  context.moveTo(0, 5);
  context.lineTo(30, 5);
  context.stroke();
  return canvas;
}

function scaleSample(stops) {
  const canvas = document.createElement("canvas");
  canvas.width = 80;
  canvas.height = 10;
  const context = canvas.getContext("2d");
  for (let x = 0; x < 80; x += 1) {
    context.fillStyle = `rgb(${stopsRgb(stops, x / 79).join(",")})`;
    context.fillRect(x, 0, 1, 10);
  }
  return canvas;
}

function legendItem(...parts) {
  const item = document.createElement("span");
  item.append(...parts);
  return item;
}

function classItems(scene, memory) {
  const { styles, counts } = scene.classes;
  const shown = styles.map((style, kind) => ({ style, count: counts[kind] }));
  return shown
    .filter(({ style, count }) => count > 0 && isClassShown(memory, style))
    .map(({ style, count }) => {
      const sample = lineSample(style.colour, style.width, count > DASHED_OF_CLASS ? [] : style.dash);
      return legendItem(sample, tr("{name}: {count}", { name: style.name, count: number(count) }));
    });
}

function valueItem({ values }) {
  if (!values.limits) return legendItem(tr("{name}: no anchor has one", { name: values.name }));
  const [low, high] = values.limits.map(brief);
  const end = `${high} ${values.unit}`.trim();
  return legendItem(`${values.name} ${low}`, scaleSample(values.stops), end);
}

function objectItems(scene, { list, states }) {
  const lines = new Map();
  for (const object of list) {
    const { crowd } = object;
    const state = states[object.state]?.name;
    const kind = JSON.stringify([state, crowd]);
    const line = objectLine(scene, states, object);
    const known = lines.get(kind) ?? { line, state, crowd, count: 0 };
    lines.set(kind, { ...known, count: known.count + 1 });
  }
  return [...lines.values()].map((kind) => legendItem(casedSample(kind.line), objectWords(kind)));
}

function objectWords({ state, crowd, count }) {
  const facts = { state, count: number(count) };
  if (state && crowd) return tr("object, {state}, crowd: {count}", facts);
  if (state) return tr("object, {state}: {count}", facts);
  return crowd ? tr("object, crowd: {count}", facts) : tr("object: {count}", facts);
}

function fatesShown(controls, colourBy) {
  if (colourBy === "fate" && controls.anchors !== "off") return [6, 5, 4, 3, 2, 1, 0];
  if (controls.candidates) return [FATE_KEPT, FATE_SUPPRESSED, FATE_BEYOND];
  return [controls.proposals && FATE_KEPT, controls.suppressed && FATE_SUPPRESSED].filter(Boolean);
}

function renderLegend(element, stage) {
  const { scene, memory, objects, filtered } = stage;
  const { controls } = memory;
  const boxesShown = filtered.shown.length;
  const { palette } = scene;
  const items = [];
  if (objects && areObjectsShown(stage)) items.push(...objectItems(scene, objects));
  const colourBy = colouring(scene, controls);
  if (colourBy === "score" || controls.heatLevel !== "off") {
    items.push(legendItem(tr("score 0"), scaleSample(palette.scores), "1"));
  }
  if (colourBy === "class") items.push(...classItems(scene, memory));
  if (colourBy === "value") items.push(valueItem(scene));
  if (colourBy === "level") {
    scene.levels.forEach(({ name }, level) => {
      items.push(legendItem(lineSample(levelColour(palette, level), levelWidth(level), []), name));
    });
  }
  const ink = getComputedStyle(element).color;
  if (scene.scored) {
    const dashed = boxesShown <= DASHED;
    for (const fate of fatesShown(controls, colourBy)) {
      const { colour, width, dash, words } = palette.fates[fate];
      const sample = lineSample(colourBy === "fate" ? colour : ink, width, dashed ? dash : []);
      items.push(legendItem(sample, words));
    }
    if (controls.offsets) items.push(legendItem(lineSample(ink, 1, [2, 3]), tr("anchor → its box")));
  }
  const thin = !(colourBy in LINES_BY);
  if (thin && (controls.anchors === "sampled" || controls.anchors === "all")) {
    items.push(legendItem(lineSample(ink, 1, []), tr("thin: anchors")));
  }
  element.replaceChildren(...items);
}
