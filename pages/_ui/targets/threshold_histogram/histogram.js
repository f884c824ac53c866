// Best IoU of the anchors as a histogram whose two thresholds drag. While one is dragged, the
// counts follow here; the page is told when it is let go.

const HEIGHT = 210;
const MARGIN = { left: 46, right: 22, top: 58, bottom: 38 };
// Each handle has a row of its own above the bars, so that they never hide each other.
const GRIP = { fg: 4, bg: 28, width: 46, height: 20 };
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
const SEND_AFTER_MS = 400; // after the last key

const charts = new WeakMap(); // element -> chart

export default function (component) {
  const root = component.parentElement.querySelector(".histogram");
  if (!charts.has(root)) charts.set(root, createChart(root));
  const chart = charts.get(root);
  chart.send = (thresholds) => component.setStateValue("thresholds", thresholds);
  receive(chart, component.data);
  return () => {
    if (root.isConnected) return;
    chart.destroy();
    charts.delete(root);
  };
}

function createChart(root) {
  const chart = { root, held: null, sending: 0, data: null, at: null };
  for (const handle of root.querySelectorAll(".handle")) wireHandle(chart, handle);
  const resized = new ResizeObserver(() => draw(chart));
  resized.observe(root);
  chart.destroy = () => {
    resized.disconnect();
    clearTimeout(chart.sending);
  };
  return chart;
}

function receive(chart, data) {
  chart.data = data;
  wordsInForce = data.words;
  renderLabels(chart);
  // What the page says holds, unless a newer move is under way here.
  if (!chart.held && !chart.waiting) chart.at = { bg: data.bg, fg: data.fg };
  draw(chart);
}

function renderLabels({ root }) {
  const labels = {
    ".plot": tr("Anchors by best IoU, with the two thresholds"),
    ".handle.bg": tr("Background IoU, below"),
    ".handle.fg": tr("Foreground IoU, at least"),
  };
  for (const [selector, words] of Object.entries(labels)) {
    root.querySelector(selector).setAttribute("aria-label", words);
  }
}

// ---- moving ----------------------------------------------------------------------------------

// Thresholds are whole hundredths in here; one pushes the other along.
function moveTo(chart, name, value) {
  const [low, high] = chart.data.limits[name];
  const at = Math.round(Math.min(high, Math.max(low, value)));
  if (name === "fg") chart.at = { fg: at, bg: Math.min(chart.at.bg, at) };
  else chart.at = { bg: at, fg: Math.max(chart.at.fg, at, chart.data.limits.fg[0]) };
  draw(chart);
}

function tell(chart, delay) {
  clearTimeout(chart.sending);
  chart.waiting = true;
  chart.sending = setTimeout(() => {
    chart.waiting = false;
    chart.send({ ...chart.at });
  }, delay);
}

function wireHandle(chart, handle) {
  const { name } = handle.dataset;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    handle.classList.add("held");
    chart.held = { name, from: chart.at[name], x: event.clientX };
  });
  handle.addEventListener("pointermove", (event) => {
    if (chart.held?.name !== name) return;
    const { from, x } = chart.held;
    moveTo(chart, name, from + ((event.clientX - x) / innerWidth(chart)) * 100);
  });
  const letGo = () => {
    if (chart.held?.name !== name) return;
    const moved = chart.at[name] !== chart.held.from;
    chart.held = null;
    handle.classList.remove("held");
    if (moved) tell(chart, 0);
  };
  handle.addEventListener("pointerup", letGo);
  handle.addEventListener("pointercancel", letGo);
  handle.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    moveTo(chart, name, chart.at[name] + KEYS[event.key] * (event.shiftKey ? 10 : 1));
    tell(chart, SEND_AFTER_MS);
  });
}

// ---- drawing ---------------------------------------------------------------------------------

function innerWidth({ root }) {
  return Math.max(10, root.clientWidth - MARGIN.left - MARGIN.right);
}

function draw(chart) {
  const { root, data, at } = chart;
  const width = root.clientWidth;
  if (!data || width < 60) return;
  const svg = root.querySelector(".plot");
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.setAttribute("height", HEIGHT);
  const x = (hundredths) => MARGIN.left + (innerWidth(chart) * hundredths) / 100;
  // Logarithmic from a half, which stands for none: most anchors touch nothing.
  const top = Math.log10(2 * Math.max(1, ...data.counts)) - Math.log10(0.5);
  const bottom = HEIGHT - MARGIN.bottom;
  const y = (count) => {
    const share = (Math.log10(Math.max(0.5, count)) - Math.log10(0.5)) / top;
    return bottom - share * (bottom - MARGIN.top);
  };
  drawGrid(svg, x, y, width, Math.max(1, ...data.counts));
  const bars = stepPath(data.counts, x, y, bottom);
  for (const [part, from, to] of [
    ["negative", 0, at.bg],
    ["ignored", at.bg, at.fg],
    ["positive", at.fg, 101.5],
  ]) {
    clip(svg, part, x(from), x(to) - x(from), bottom);
    for (const path of svg.querySelectorAll(`.bars.${part}`)) {
      path.setAttribute("d", bars);
      path.setAttribute("fill", data.colours[part]);
      path.setAttribute("clip-path", `url(#${part})`);
    }
  }
  // Kinds differ without colour too: what is ignored is hatched.
  const hatched = svg.querySelector(".hatched");
  hatched.setAttribute("d", bars);
  hatched.setAttribute("clip-path", "url(#ignored)");
  const lowQuality = svg.querySelector(".low-quality");
  lowQuality.setAttribute("d", tickPath(data.lowQuality, x, y, bottom));
  lowQuality.setAttribute("stroke", data.colours.lowQuality);
  drawHandle(svg, chart, "bg", x(at.bg), bottom);
  drawHandle(svg, chart, "fg", x(at.fg), bottom);
  writeCounts(chart);
}

function stepPath(counts, x, y, bottom) {
  const steps = counts.map((count, bin) => `V${y(count).toFixed(1)}H${x(bin + 1).toFixed(1)}`);
  return `M${x(0)} ${bottom}${steps.join("")}V${bottom}Z`;
}

function tickPath(counts, x, y, bottom) {
  return counts
    .map((count, bin) => (count > 0 ? `M${x(bin + 0.5).toFixed(1)} ${bottom}V${y(count).toFixed(1)}` : ""))
    .join("");
}

function clip(svg, part, left, width, bottom) {
  const rect = svg.querySelector(`#${part} rect`);
  const sides = { x: left, y: 0, width: Math.max(0, width), height: bottom };
  for (const [name, value] of Object.entries(sides)) rect.setAttribute(name, value);
}

function drawGrid(svg, x, y, width, most) {
  const bottom = HEIGHT - MARGIN.bottom;
  const grid = [];
  for (let count = 1; count <= 2 * most; count *= 10) {
    grid.push(line(MARGIN.left, y(count), width - MARGIN.right, y(count)));
    grid.push(text(number(count), MARGIN.left - 5, y(count) + 4, "end"));
  }
  svg.querySelector(".grid").replaceChildren(...grid);
  const axis = [line(MARGIN.left, bottom, width - MARGIN.right, bottom)];
  for (const at of [0, 25, 50, 75, 100]) {
    axis.push(text(String(at / 100), x(at), bottom + 15, "middle"));
  }
  axis.push(text(tr("best IoU with an object"), x(50), bottom + 33, "middle"));
  svg.querySelector(".axis").replaceChildren(...axis);
}

function drawHandle(svg, chart, name, x, bottom) {
  const handle = svg.querySelector(`.handle.${name}`);
  const value = chart.at[name];
  const [low, high] = chart.data.limits[name];
  handle.setAttribute("aria-valuemin", low / 100);
  handle.setAttribute("aria-valuemax", high / 100);
  handle.setAttribute("aria-valuenow", value / 100);
  const top = GRIP[name];
  const left = x - GRIP.width / 2;
  set(handle.querySelector("line"), { x1: x, x2: x, y1: top + GRIP.height, y2: bottom + 6 });
  set(handle.querySelector(".grip"), { x: left, y: top, width: GRIP.width, height: GRIP.height });
  // A finger needs more than a line; where both lines are close, each is grasped at its grip.
  const near = Math.abs(chart.at.fg - chart.at.bg) / 100 < GRIP.width / innerWidth(chart);
  const height = near ? GRIP.height + 4 : bottom - top;
  set(handle.querySelector(".target"), { x: left, y: top - 2, width: GRIP.width, height });
  const label = handle.querySelector("text");
  label.textContent = (value / 100).toFixed(2);
  set(label, { x, y: top + 14 });
}

function writeCounts(chart) {
  const { data, at, root } = chart;
  const sum = (from, to) => data.counts.slice(from, to).reduce((total, count) => total + count, 0);
  const parts = [
    ["positive", sum(at.fg, 101), (count) => tr("positive {count}", { count })],
    ["ignored", sum(at.bg, at.fg), (count) => tr("between: ignored {count}", { count })],
    ["negative", sum(0, at.bg), (count) => tr("negative {count}", { count })],
  ];
  const items = parts.map(([part, count, say]) => item(data.colours[part], say(number(count))));
  // The rule looks at all anchors at once, so its count is the page's, for the thresholds it knows.
  const moved = at.fg !== data.fg || at.bg !== data.bg;
  const lowQuality = data.lowQuality.reduce((total, count) => total + count, 0);
  if (lowQuality > 0 && !moved) {
    const count = number(lowQuality);
    const words = data.allowed
      ? tr("of these, low quality: positive {count}", { count })
      : tr("low quality, were it allowed {count}", { count });
    const made = item(data.colours.lowQuality, words);
    made.querySelector("i").classList.add("line");
    made.querySelector("i").style.background = "none";
    made.querySelector("i").style.borderColor = data.colours.lowQuality;
    items.push(made);
  }
  const counts = root.querySelector(".counts");
  counts.replaceChildren(...items);
  Object.assign(root.dataset, {
    fg: at.fg,
    bg: at.bg,
    positive: parts[0][1],
    ignored: parts[1][1],
    negative: parts[2][1],
  });
}

function item(colour, words) {
  const made = document.createElement("span");
  const mark = document.createElement("i");
  mark.style.background = colour;
  made.append(mark, words);
  return made;
}

function svgElement(kind, attributes) {
  return set(document.createElementNS("http://www.w3.org/2000/svg", kind), attributes);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function line(x1, y1, x2, y2) {
  return svgElement("line", { x1, y1, x2, y2 });
}

function text(words, x, y, anchor) {
  const made = svgElement("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
