// The switches: from DOM to controls, and back.

function wireToolbar(stage) {
  const { root } = stage;
  for (const chip of root.querySelectorAll("[data-layer]")) {
    chip.addEventListener("click", () => {
      const { controls } = stage.memory;
      change(stage, { [chip.dataset.layer]: !controls[chip.dataset.layer] });
    });
  }
  for (const select of root.querySelectorAll("[data-select]")) {
    select.addEventListener("change", () => {
      const name = select.dataset.select;
      const wanted = { [name]: name === "cellLevel" ? Number(select.value) : select.value };
      if (name === "heatLevel") wanted.heatShape = "max";
      if (name === "cellLevel") stage.selection = null;
      change(stage, wanted);
    });
  }
  for (const range of root.querySelectorAll("[data-range]")) {
    range.addEventListener("input", () => {
      const value = Number(range.value);
      const isScore = range.dataset.range === "minScore";
      change(
        stage,
        isScore ? { minScore: value } : { topN: topNFromSlider(value, stage.filtered.total) },
      );
    });
  }
  const actions = {
    fit: () => fitView(stage),
    png: () => downloadPng(stage),
    full: () => toggleFullScreen(stage),
    edit: () => setEditing(stage, !isEditing(stage)),
    remove: () => removeSelected(stage),
    undo: () => undo(stage),
    redo: () => redo(stage),
    disclose: () => {
      const open = root.classList.toggle("open");
      root.querySelector(".disclose").setAttribute("aria-expanded", String(open));
    },
  };
  for (const button of root.querySelectorAll("[data-act]")) {
    button.addEventListener("click", actions[button.dataset.act]);
  }
  root.querySelector('[data-act="full"]').hidden = !document.fullscreenEnabled;
}

function change(stage, wanted) {
  Object.assign(stage.memory.controls, wanted);
  refresh(stage);
}

// Options and checkboxes that depend on the levels; built again only when these change.
function renderLevels(stage) {
  const { root, scene, memory } = stage;
  const signature = JSON.stringify(scene.levels.map((level) => [level.name, level.sizeRatio]));
  if (stage.levelSignature === signature) return;
  stage.levelSignature = signature;
  const { controls, hiddenLevels } = memory;
  const names = scene.levels.map(({ name }, i) => [String(i), name]);
  fillSelect(root, "cellLevel", names);
  fillSelect(root, "heatLevel", [["off", tr("off")], ["max", tr("best of all")], ...names]);
  if (controls.cellLevel >= names.length) controls.cellLevel = 0;
  if (Number(controls.heatLevel) >= names.length) controls.heatLevel = "max";
  for (const level of hiddenLevels) if (level >= names.length) hiddenLevels.delete(level);
  const boxes = scene.levels.map(({ name, strideHw }, level) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !hiddenLevels.has(level);
    box.dataset.level = String(level);
    box.addEventListener("change", () => {
      hiddenLevels[box.checked ? "delete" : "add"](level);
      refresh(stage);
    });
    label.title = tr("Show boxes of {name}, stride {stride}", { name, stride: fixed(strideHw[0]) });
    label.append(box, name);
    return label;
  });
  const title = document.createElement("span");
  title.textContent = tr("Levels");
  root.querySelector(".levels").replaceChildren(title, ...boxes);
}

// Switches of the classes, with a sample of each line; built again only when the classes change.
function renderClasses(stage) {
  const { root, scene, memory } = stage;
  const group = root.querySelector(".classes");
  group.hidden = !scene.classes;
  const signature = JSON.stringify(scene.classes);
  if (stage.classSignature === signature) return;
  stage.classSignature = signature;
  if (!scene.classes) return;
  const { name, styles, counts } = scene.classes;
  const boxes = styles.map((style, kind) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = isClassShown(memory, style);
    box.dataset.kind = String(kind);
    box.addEventListener("change", () => {
      memory.classShown.set(style.name, box.checked);
      refresh(stage);
    });
    const count = document.createElement("output");
    count.textContent = number(counts[kind]);
    label.append(box, lineSample(style.colour, style.width, style.dash), style.name, count);
    return label;
  });
  const title = document.createElement("span");
  title.textContent = capital(name);
  group.setAttribute("aria-label", capital(name));
  group.replaceChildren(title, ...boxes);
}

function renderEditing(stage) {
  const { root, memory, objects } = stage;
  const on = isEditing(stage);
  root.classList.toggle("editing", on);
  root.querySelector(".editbar").hidden = !objects?.editable;
  root.querySelector('[data-act="edit"]').setAttribute("aria-pressed", String(on));
  const { past, future } = memory.editing;
  const usable = { remove: selectedObject(stage), undo: past.length > 0, redo: future.length > 0 };
  for (const [name, can] of Object.entries(usable)) {
    const button = root.querySelector(`[data-act="${name}"]`);
    button.hidden = !on;
    button.disabled = !can;
  }
  stage.overlay.setAttribute("aria-label", on ? editWords() : lookWords());
}

function fillSelect(root, name, options) {
  const select = root.querySelector(`[data-select="${name}"]`);
  select.replaceChildren(...options.map(([value, words]) => new Option(words, value)));
}

function renderToolbar(stage) {
  const { root, scene, filtered } = stage;
  const { controls } = stage.memory;
  for (const part of root.querySelectorAll("[data-scored]")) {
    part.hidden = !scene.scored;
    if (part.tagName === "OPTION") part.disabled = !scene.scored;
  }
  root.querySelector('[data-layer="objects"]').hidden = !scene.objects;
  for (const [part, told] of [["class", scene.classes], ["value", scene.values]]) {
    const option = root.querySelector(`option[value="${part}"]`);
    option.hidden = option.disabled = !told;
    if (told) option.textContent = told.name;
  }
  for (const chip of root.querySelectorAll("[data-layer]")) {
    chip.setAttribute("aria-pressed", String(controls[chip.dataset.layer]));
  }
  root.querySelector('[data-only="cell"]').hidden = controls.anchors !== "cell";
  const oneLevel = scene.levels[controls.heatLevel];
  root.querySelector('[data-only="heat"]').hidden = !(scene.scored && oneLevel);
  renderShapes(stage, oneLevel);
  for (const select of root.querySelectorAll("[data-select]")) {
    const name = select.dataset.select;
    select.value = String(name === "colourBy" ? colouring(scene, controls) : controls[name]);
  }
  const topN = root.querySelector('[data-range="topN"]');
  topN.value = String(sliderFromTopN(controls.topN, filtered.total));
  const all = controls.topN >= filtered.total;
  const topNWords = all ? tr("all") : number(controls.topN);
  root.querySelector('[data-value="topN"]').textContent = topNWords;
  topN.setAttribute("aria-valuetext", topNWords);
  root.querySelector('[data-range="minScore"]').value = String(controls.minScore);
  root.querySelector('[data-value="minScore"]').textContent = controls.minScore.toFixed(2);
}

function renderShapes(stage, level) {
  const signature = JSON.stringify(level?.sizeRatio ?? null);
  if (stage.shapeSignature === signature) return;
  stage.shapeSignature = signature;
  const shapes = (level?.sizeRatio ?? []).map(([size, ratio], i) => {
    return [String(i), tr("{size} px, h/w {ratio}", { size: fixed(size), ratio: fixed(ratio, 2) })];
  });
  const { controls } = stage.memory;
  if (Number(controls.heatShape) >= shapes.length) controls.heatShape = "max";
  fillSelect(stage.root, "heatShape", [["max", tr("best of all")], ...shapes]);
}

function statusText(stage) {
  const { scene, filtered, anchorLayer, memory } = stage;
  const { controls } = memory;
  const parts = [];
  if (scene.scored && (controls.proposals || controls.suppressed || controls.candidates)) {
    parts.push(boxesShown(stage));
  }
  if (scene.scored && controls.offsets && filtered.shown.length > MOST_ARROWS) {
    parts.push(tr("offsets of the best {count}", { count: MOST_ARROWS }));
  }
  if (controls.anchors !== "off") {
    const { shown, total } = anchorLayer;
    const facts = { shown: number(shown.length) };
    parts.push(ntr("{shown} of {count} anchor shown", "{shown} of {count} anchors shown", total, facts));
  }
  if (stage.objects && areObjectsShown(stage)) parts.push(objectsShown(stage.objects.list));
  return parts.join(", ") || tr("No boxes: every layer of boxes is off");
}

function boxesShown({ filtered, memory }) {
  const { proposals, suppressed, candidates } = memory.controls;
  const facts = { shown: number(filtered.shown.length) };
  const { total } = filtered;
  if (proposals && !suppressed && !candidates) {
    return ntr(
      "{shown} of {count} proposal shown",
      "{shown} of {count} proposals shown",
      total,
      facts,
    );
  }
  if (suppressed && !proposals && !candidates) {
    return ntr(
      "{shown} of {count} suppressed box shown",
      "{shown} of {count} suppressed boxes shown",
      total,
      facts,
    );
  }
  return ntr("{shown} of {count} box shown", "{shown} of {count} boxes shown", total, facts);
}

function objectsShown(list) {
  const bad = list.filter((object) => !isDrawable(object)).length;
  if (!bad) return ntr("{count} object", "{count} objects", list.length);
  return ntr(
    "{count} object, {bad} of them without a box that can be drawn",
    "{count} objects, {bad} of them without a box that can be drawn",
    list.length,
    { bad: number(bad) },
  );
}

function downloadPng(stage) {
  const { base, overlay } = stage;
  const canvas = document.createElement("canvas");
  canvas.width = base.width;
  canvas.height = base.height;
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(stage.root).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(base, 0, 0);
  context.drawImage(overlay, 0, 0);
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "region-proposals.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

function toggleFullScreen(stage) {
  if (document.fullscreenElement) document.exitFullscreen();
  else stage.root.requestFullscreen();
}
