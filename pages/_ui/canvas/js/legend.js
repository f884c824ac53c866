// What the lines mean, in words beside a sample of each.

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

function scoreSample(palette) {
  const canvas = document.createElement("canvas");
  canvas.width = 80;
  canvas.height = 10;
  const context = canvas.getContext("2d");
  for (let x = 0; x < 80; x += 1) {
    context.fillStyle = `rgb(${scoreRgb(palette, x / 79).join(",")})`;
    context.fillRect(x, 0, 1, 10);
  }
  return canvas;
}

function legendItem(...parts) {
  const item = document.createElement("span");
  item.append(...parts);
  return item;
}

function fatesShown(controls, colourBy) {
  if (colourBy === "fate" && controls.anchors !== "off") return [6, 5, 4, 3, 2, 1, 0];
  if (controls.candidates) return [FATE_KEPT, FATE_SUPPRESSED, FATE_BEYOND];
  return [controls.proposals && FATE_KEPT, controls.suppressed && FATE_SUPPRESSED].filter(Boolean);
}

function renderLegend(element, scene, controls, boxesShown) {
  const { palette } = scene;
  const items = [];
  const colourBy = colouring(scene, controls);
  if (colourBy === "score" || controls.heatLevel !== "off") {
    items.push(legendItem("score 0", scoreSample(palette), "1"));
  }
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
    if (controls.offsets) items.push(legendItem(lineSample(ink, 1, [2, 3]), "anchor → its box"));
  }
  if (controls.anchors === "sampled" || controls.anchors === "all") {
    items.push(legendItem(lineSample(ink, 1, []), "thin: anchors"));
  }
  element.replaceChildren(...items);
}
