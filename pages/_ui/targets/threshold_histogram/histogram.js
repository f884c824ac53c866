// Best IoU of the anchors as a histogram whose two thresholds drag. While one is dragged, the
// counts follow here; the page is told when it is let go. Thresholds are whole hundredths in here.

/** @import { Words } from "../../scripts/words.js" */

import { find, findAll } from "../../scripts/dom.js";
import { number, speakWith, tr } from "../../scripts/words.js";

/**
 * What the page sends (__init__.py), what Streamlit hands over, and what is here.
 *
 * @typedef {"bg" | "fg"} Name
 * @typedef {Record<Name, number>} Thresholds
 * @typedef {"positive" | "lowQuality" | "ignored" | "negative"} Part
 * @typedef {Thresholds & {
 *   counts: number[], lowQuality: number[], allowed: boolean, limits: Record<Name, [number, number]>,
 *   words: Words | null, colours: Record<Part, string>,
 * }} Data
 * @typedef {{
 *   parentElement: HTMLElement | ShadowRoot, data: Data,
 *   setStateValue: (name: string, value: unknown) => void,
 * }} Component
 * @typedef {{
 *   root: HTMLElement, svg: SVGElement, data: Data, at: Thresholds,
 *   held: { name: Name, from: number, x: number } | null, waiting: boolean, sending: number,
 *   send: (thresholds: Thresholds) => void, destroy: () => void,
 * }} Chart
 * @typedef {(value: number) => number} Scale
 */

const HEIGHT = 210;
const MARGIN = { left: 46, right: 22, top: 58, bottom: 38 };
// Each handle has a row of its own above the bars, so that they never hide each other.
const GRIP = { fg: 4, bg: 28, width: 46, height: 20 };
/** @type {Record<string, number>} */
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
const SEND_AFTER_MS = 400; // after the last key

/** @type {WeakMap<HTMLElement, Chart>} */
const charts = new WeakMap(); // by element

/** @type {(component: Component) => () => void} */
export default function drawHistogram({ parentElement, data, setStateValue }) {
  const root = find(parentElement, ".histogram", HTMLElement);
  const chart = charts.get(root) ?? createChart(root, data);
  charts.set(root, chart);
  chart.send = (thresholds) => setStateValue("thresholds", thresholds);
  receive(chart, data);
  return () => {
    if (root.isConnected) return;
    chart.destroy();
    charts.delete(root);
  };
}

/** @type {(root: HTMLElement, data: Data) => Chart} */
function createChart(root, data) {
  const resized = new ResizeObserver(() => draw(chart));
  /** @type {Chart} */
  const chart = {
    root,
    svg: find(root, ".plot", SVGElement),
    data,
    at: { bg: data.bg, fg: data.fg },
    held: null,
    waiting: false,
    sending: 0,
    send: () => {},
    destroy: () => {
      resized.disconnect();
      clearTimeout(chart.sending);
    },
  };
  wireHandle(chart, "bg");
  wireHandle(chart, "fg");
  resized.observe(root);
  return chart;
}

/** @type {(chart: Chart, data: Data) => void} */
function receive(chart, data) {
  chart.data = data;
  speakWith(data.words);
  renderLabels(chart);
  // What the page says holds, unless a newer move is under way here.
  if (!chart.held && !chart.waiting) chart.at = { bg: data.bg, fg: data.fg };
  draw(chart);
}

/** @type {(chart: Chart) => void} */
function renderLabels({ root }) {
  const labels = {
    ".plot": tr("Anchors by best IoU, with the two thresholds"),
    ".handle.bg": tr("Background IoU, below"),
    ".handle.fg": tr("Foreground IoU, at least"),
  };
  for (const [selector, words] of Object.entries(labels)) {
    find(root, selector, SVGElement).setAttribute("aria-label", words);
  }
}

// ---- moving ----------------------------------------------------------------------------------

// One pushes the other along.
/** @type {(chart: Chart, name: Name, value: number) => void} */
function moveTo(chart, name, value) {
  const [low, high] = chart.data.limits[name];
  const at = Math.round(Math.min(high, Math.max(low, value)));
  if (name === "fg") chart.at = { fg: at, bg: Math.min(chart.at.bg, at) };
  else chart.at = { bg: at, fg: Math.max(chart.at.fg, at, chart.data.limits.fg[0]) };
  draw(chart);
}

/** @type {(chart: Chart, delay: number) => void} */
function tell(chart, delay) {
  clearTimeout(chart.sending);
  chart.waiting = true;
  chart.sending = setTimeout(() => {
    chart.waiting = false;
    chart.send({ ...chart.at });
  }, delay);
}

/** @type {(chart: Chart, name: Name) => void} */
function wireHandle(chart, name) {
  const handle = find(chart.svg, `.handle.${name}`, SVGElement);
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

/** @type {(chart: Chart) => number} */
function innerWidth({ root }) {
  return Math.max(10, root.clientWidth - MARGIN.left - MARGIN.right);
}

/** @type {(chart: Chart) => void} */
function draw(chart) {
  const { root, svg, data, at } = chart;
  const width = root.clientWidth;
  if (width < 60) return;
  set(svg, { viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT });
  /** @type {Scale} */
  const x = (hundredths) => MARGIN.left + (innerWidth(chart) * hundredths) / 100;
  // Logarithmic from a half, which stands for none: most anchors touch nothing.
  const top = Math.log10(2 * Math.max(1, ...data.counts)) - Math.log10(0.5);
  const bottom = HEIGHT - MARGIN.bottom;
  /** @type {Scale} */
  const y = (count) => {
    const share = (Math.log10(Math.max(0.5, count)) - Math.log10(0.5)) / top;
    return bottom - share * (bottom - MARGIN.top);
  };
  drawGrid(svg, x, y, width, Math.max(1, ...data.counts));
  const bars = stepPath(data.counts, x, y, bottom);
  /** @type {[Part, number, number][]} */
  const parts = [["negative", 0, at.bg], ["ignored", at.bg, at.fg], ["positive", at.fg, 101.5]];
  for (const [part, from, to] of parts) {
    clip(svg, part, x(from), x(to) - x(from), bottom);
    for (const path of findAll(svg, `.bars.${part}`, SVGElement)) {
      set(path, { d: bars, fill: data.colours[part], "clip-path": `url(#${part})` });
    }
  }
  // Kinds differ without colour too: what is ignored is hatched.
  set(find(svg, ".hatched", SVGElement), { d: bars, "clip-path": "url(#ignored)" });
  const ticks = tickPath(data.lowQuality, x, y, bottom);
  set(find(svg, ".low-quality", SVGElement), { d: ticks, stroke: data.colours.lowQuality });
  drawHandle(chart, "bg", x(at.bg), bottom);
  drawHandle(chart, "fg", x(at.fg), bottom);
  writeCounts(chart);
}

/** @type {(counts: number[], x: Scale, y: Scale, bottom: number) => string} */
function stepPath(counts, x, y, bottom) {
  const steps = counts.map((count, bin) => `V${y(count).toFixed(1)}H${x(bin + 1).toFixed(1)}`);
  return `M${x(0)} ${bottom}${steps.join("")}V${bottom}Z`;
}

/** @type {(counts: number[], x: Scale, y: Scale, bottom: number) => string} */
function tickPath(counts, x, y, bottom) {
  return counts
    .map((count, bin) => (count > 0 ? `M${x(bin + 0.5).toFixed(1)} ${bottom}V${y(count).toFixed(1)}` : ""))
    .join("");
}

/** @type {(svg: SVGElement, part: Part, left: number, width: number, bottom: number) => void} */
function clip(svg, part, left, width, bottom) {
  const rect = find(svg, `#${part} rect`, SVGElement);
  set(rect, { x: left, y: 0, width: Math.max(0, width), height: bottom });
}

/** @type {(svg: SVGElement, x: Scale, y: Scale, width: number, most: number) => void} */
function drawGrid(svg, x, y, width, most) {
  const bottom = HEIGHT - MARGIN.bottom;
  const grid = [];
  for (let count = 1; count <= 2 * most; count *= 10) {
    grid.push(line(MARGIN.left, y(count), width - MARGIN.right, y(count)));
    grid.push(text(number(count), MARGIN.left - 5, y(count) + 4, "end"));
  }
  find(svg, ".grid", SVGElement).replaceChildren(...grid);
  const axis = [line(MARGIN.left, bottom, width - MARGIN.right, bottom)];
  for (const at of [0, 25, 50, 75, 100]) {
    axis.push(text(String(at / 100), x(at), bottom + 15, "middle"));
  }
  axis.push(text(tr("best IoU with an object"), x(50), bottom + 33, "middle"));
  find(svg, ".axis", SVGElement).replaceChildren(...axis);
}

/** @type {(chart: Chart, name: Name, x: number, bottom: number) => void} */
function drawHandle(chart, name, x, bottom) {
  const handle = find(chart.svg, `.handle.${name}`, SVGElement);
  /** @type {(selector: string) => SVGElement} */
  const part = (selector) => find(handle, selector, SVGElement);
  const value = chart.at[name];
  const [low, high] = chart.data.limits[name];
  set(handle, {
    "aria-valuemin": low / 100, "aria-valuemax": high / 100, "aria-valuenow": value / 100,
  });
  const top = GRIP[name];
  const left = x - GRIP.width / 2;
  set(part("line"), { x1: x, x2: x, y1: top + GRIP.height, y2: bottom + 6 });
  set(part(".grip"), { x: left, y: top, width: GRIP.width, height: GRIP.height });
  // A finger needs more than a line; where both lines are close, each is grasped at its grip.
  const near = Math.abs(chart.at.fg - chart.at.bg) / 100 < GRIP.width / innerWidth(chart);
  const height = near ? GRIP.height + 4 : bottom - top;
  set(part(".target"), { x: left, y: top - 2, width: GRIP.width, height });
  const label = part("text");
  label.textContent = (value / 100).toFixed(2);
  set(label, { x, y: top + 14 });
}

/** @type {(chart: Chart) => void} */
function writeCounts(chart) {
  const { data, at, root } = chart;
  /** @type {(from: number, to: number) => number} */
  const sum = (from, to) => data.counts.slice(from, to).reduce((total, count) => total + count, 0);
  const positive = sum(at.fg, 101);
  const ignored = sum(at.bg, at.fg);
  const negative = sum(0, at.bg);
  const { colours } = data;
  const items = [
    item(colours.positive, tr("positive {count}", { count: number(positive) })),
    item(colours.ignored, tr("between: ignored {count}", { count: number(ignored) })),
    item(colours.negative, tr("negative {count}", { count: number(negative) })),
  ];
  // The rule looks at all anchors at once, so its count is the page's, for the thresholds it knows.
  const moved = at.fg !== data.fg || at.bg !== data.bg;
  const lowQuality = data.lowQuality.reduce((total, count) => total + count, 0);
  if (lowQuality > 0 && !moved) {
    const count = number(lowQuality);
    const words = data.allowed
      ? tr("of these, low quality: positive {count}", { count })
      : tr("low quality, were it allowed {count}", { count });
    items.push(item(colours.lowQuality, words, true));
  }
  find(root, ".counts", HTMLElement).replaceChildren(...items);
  Object.assign(root.dataset, { fg: at.fg, bg: at.bg, positive, ignored, negative });
}

// Words beside a mark: a square, or a line of the same colour.
/** @type {(colour: string, words: string, line?: boolean) => HTMLElement} */
function item(colour, words, line = false) {
  const made = document.createElement("span");
  const mark = document.createElement("i");
  mark.classList.toggle("line", line);
  Object.assign(mark.style, line ? { background: "none", borderColor: colour } : { background: colour });
  made.append(mark, words);
  return made;
}

/** @type {(kind: "line" | "text", attributes: Record<string, string | number>) => SVGElement} */
function svgElement(kind, attributes) {
  return set(document.createElementNS("http://www.w3.org/2000/svg", kind), attributes);
}

/** @type {(element: SVGElement, attributes: Record<string, string | number>) => SVGElement} */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** @type {(x1: number, y1: number, x2: number, y2: number) => SVGElement} */
function line(x1, y1, x2, y2) {
  return svgElement("line", { x1, y1, x2, y2 });
}

/** @type {(words: string, x: number, y: number, anchor: string) => SVGElement} */
function text(words, x, y, anchor) {
  const made = svgElement("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
