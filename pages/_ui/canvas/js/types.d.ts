// What the modules of the canvas hand to each other. Pixels are those of the network input, xyxy,
// unless CSS pixels or the original photo are named.

import type { Pen } from "../../scripts/dom.js";
import type { Words } from "../../scripts/words.js";

export type { Pen, Words };

// ---- plain values --------------------------------------------------------------------------

export type Hw = [height: number, width: number];
export type Rect = [x1: number, y1: number, x2: number, y2: number];
export type Rgb = [red: number, green: number, blue: number];
/** CSS pixels from the stage's corner. */
export type Point = { x: number; y: number };
export type Cell = [level: number, y: number, x: number];
export type Numbers = Float32Array | Int32Array | Uint8Array;
/** Anchors by their number. */
export type Indices = Int32Array | number[];
export type Passes = (anchor: number) => boolean;

/** What Streamlit hands to a component (v2). */
export interface Component {
  parentElement: HTMLElement | ShadowRoot;
  data: Uint8Array<ArrayBuffer>;
  setStateValue: (name: string, value: unknown) => void;
  setTriggerValue: (name: string, value: unknown) => void;
}

// ---- what the page sends: payload.py -------------------------------------------------------

export interface Line {
  colour: string;
  dash: number[];
  width: number;
}

export interface Style extends Line {
  name: string;
  shown: boolean;
}

/** Places on a scale, from 0 to 1, with their colours. */
export type Stops = [at: number, hex: string][];

export interface Palette {
  levels: string[];
  scores: Stops;
  fates: (Line & { name: string })[];
  object: Line;
  crowd: Line;
}

export interface SentLevel {
  name: string;
  gridHw: Hw;
  strideHw: Hw;
  offset: number;
  cellAnchors: Rect[];
  sizeRatio: [size: number, ratio: number][];
}

/** JSON has no NaN; a label set may. */
export type SentBox = Rect | (number | null)[];

export interface SentObjects {
  ids: number[];
  boxes: SentBox[];
  /** What the page calls each, beside its category; null: nothing. */
  numbers: (number | null)[];
  labels: string[];
  crowd: boolean[];
  state: (number | null)[];
  states: Style[];
  editable: boolean;
  revision: string;
  edit: string;
  minSide: number;
  most: number;
}

export interface ArrayEntry {
  name: string;
  type: "f4" | "i4" | "u1";
  length: number;
  id: string;
  sent: boolean;
}

export interface Values {
  name: string;
  unit: string;
  limits: [low: number, high: number] | null;
  stops: Stops;
}

export interface Header {
  key: string;
  viewGroup: string;
  words: string | null;
  sentWords?: Words;
  maxHeight: number;
  layout: string;
  photoId: string;
  photoBytes: number;
  originalHw: Hw;
  imageHw: Hw;
  anchors: number;
  /** Whether boxes come from anchors on the grids of the levels; else these have only a name. */
  grid: boolean;
  levels: SentLevel[];
  scoreNote: string;
  viewHint: string;
  palette: Palette;
  objects?: SentObjects;
  classes?: { name: string; styles: Style[] };
  values?: Values;
  survival?: { threshold: number; postNmsTopN: number };
  chosen?: { anchor: number; number: number };
  arrays: ArrayEntry[];
  payloadId: string;
}

export interface Payload {
  header: Header;
  photoBytes: Uint8Array<ArrayBuffer> | null;
}

/** Of R anchors. */
export interface ScoredArrays {
  logits: Float32Array;
  decoded: Float32Array;
  fate: Uint8Array;
  kept: Int32Array;
  suppressed: Int32Array;
  suppressor: Int32Array;
  suppressorIou: Float32Array;
}

export interface SceneArrays extends Partial<ScoredArrays> {
  classOf?: Uint8Array;
  valueOf?: Float32Array;
  /** Where there is no grid. */
  levelOf?: Uint8Array;
  survivalOrder?: Int32Array;
  survivalBits?: Uint8Array;
}

// ---- a scene -------------------------------------------------------------------------------

export interface Level extends SentLevel {
  /** Number of the level's first anchor. */
  start: number;
  /** Anchors a cell. */
  shapes: number;
}

export interface Laid {
  /** (R, 4) */
  anchors: Float32Array;
  levelOf: Uint8Array;
  levels: Level[];
}

export type Grids = Pick<Laid, "levels">;
export type Sizes = { originalHw: Hw; imageHw: Hw };
export type Address = { level: number; y: number; x: number; shape: number };

export interface Classes {
  name: string;
  styles: Style[];
  counts: number[];
}

/** A class and a value for each anchor; of no anchor where the scene has none. */
export interface Classified {
  classes: Classes | null;
  classOf: Uint8Array;
  values: Values | null;
  valueOf: Float32Array;
}

interface AnyScene extends Laid, Sizes, Classified {
  id: string;
  layout: string;
  photoId: string;
  palette: Palette;
  note: string;
  /** R */
  count: number;
  grid: boolean;
  objects: SentObjects | null;
}

/** Anchors without scores. */
export interface BareScene extends AnyScene {
  scored: false;
  survival: null;
}

/** By whom each anchor was suppressed, -1 for none, and at which IoU. */
export interface Suppressions {
  suppressedBy: Int32Array;
  suppressedIou: Float32Array;
}

/** What a threshold of NMS decides. */
export interface Fates {
  fate: Uint8Array;
  kept: Int32Array;
  rankOf: Map<number, number>;
  suppressedBy: Int32Array;
}

interface AnyScoredScene extends AnyScene, Suppressions, Fates {
  scored: true;
  logits: Float32Array;
  scores: Float32Array;
  /** (R, 4), not clipped. */
  decoded: Float32Array;
  /** (R, 4), clipped to the photo. */
  boxes: Float32Array;
  /** Of candidatesOf, once it was asked. */
  candidates: Int32Array | null;
}

/** NMS at every threshold; what is optional is computed once it is asked for. */
export interface Survival {
  threshold: number;
  postNmsTopN: number;
  /** The candidates, best score first. */
  order: Int32Array;
  bits: Uint8Array;
  /** At the threshold in force, as it was recorded. */
  ledger: Fates;
  counts: Uint32Array;
  steps?: Int32Array;
  victims?: Map<number, number[]>;
  decided?: Int32Array;
  rankOfStep?: Map<number, number>;
  unsuppressed?: Int32Array;
}

/** Boxes whose NMS cannot be played. */
export interface SettledScene extends AnyScoredScene {
  survival: null;
}

/** Boxes whose NMS can be played, and tried at other thresholds. */
export interface PlayedScene extends AnyScoredScene {
  survival: Survival;
}

export type ScoredScene = SettledScene | PlayedScene;
export type Scene = BareScene | ScoredScene;

// ---- what a person chose -------------------------------------------------------------------

export type AnchorMode = "off" | "cell" | "sampled" | "all";
export type PlainColour = "score" | "level" | "fate";
export type ColourBy = PlainColour | "class" | "value";

export interface Controls {
  image: boolean;
  proposals: boolean;
  suppressed: boolean;
  candidates: boolean;
  offsets: boolean;
  objects: boolean;
  anchors: AnchorMode;
  cellLevel: number;
  /** "off", "max" or a level's number. */
  heatLevel: string;
  /** "max" or a shape's number. */
  heatShape: string;
  colourBy: ColourBy;
  minScore: number;
  topN: number;
}

/** Controls that are on or off, and those that are one of several. */
export type Switch = "image" | "proposals" | "suppressed" | "candidates" | "offsets" | "objects";
export type Choice = "anchors" | "cellLevel" | "heatLevel" | "heatShape" | "colourBy";

export interface Editing {
  on: boolean;
  photoId: string | null;
  revision: string | null;
  past: ObjectHere[][];
  future: ObjectHere[][];
  nextId: number;
  /** What was last sent or received, as text. */
  last: string;
}

export interface Memory {
  hint: string | null;
  /** How many selections were sent. */
  selections: number;
  hiddenLevels: Set<number>;
  /** By name, where a person chose. */
  classShown: Map<string, boolean>;
  /** A threshold of NMS that is tried on the canvas. */
  tried: { percent: number; inForce: number } | null;
  playback: { on: boolean; step: number };
  /** Number of the last box that the page selected here. */
  chosen: number;
  editing: Editing;
  controls: Controls;
}

// ---- objects -------------------------------------------------------------------------------

/** In pixels of the original photo. */
export interface ObjectHere {
  id: number;
  box: SentBox;
  number: number | null;
  label: string;
  crowd: boolean;
  state: number | null;
}

export interface DrawableObject extends ObjectHere {
  box: Rect;
}

/** Ground truth as it is here now, perhaps ahead of the page. */
export interface ObjectsHere extends SentObjects {
  list: ObjectHere[];
}

export type ObjectKind = {
  state: string | undefined;
  crowd: boolean;
  count: number;
  line: Line;
};

/** CSS pixels per pixel of the original photo, and where its corner lies. */
export interface PhotoPlace {
  x: number;
  y: number;
  left: number;
  top: number;
}

/** A name on the picture, CSS pixels. */
export interface Tag {
  id: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The parts of width and height at which a handle sits. */
export type Handle = [h: number, v: number];

/** Where boxes may be: in the photo, with sides of at least so many of its pixels. */
export type Room = { hw: Hw; minSide: number };

/** What a press would do. */
export type Intent =
  | { kind: "draw" }
  | { kind: "move"; object: DrawableObject }
  | { kind: "resize"; object: DrawableObject; handle: Handle };

/** The drag that is changing an object. */
export interface Gesture {
  intent: Intent;
  from: Point;
  before: ObjectHere[];
  /** Of the object; null until it moved. */
  id: number | null;
}

// ---- a stage -------------------------------------------------------------------------------

/** Fractions of the photo, relative to "fits". */
export interface View {
  zoom: number;
  cx: number;
  cy: number;
}

/** CSS pixels per pixel of the network input, and where the photo's corner lies. */
export interface Place {
  scale: number;
  left: number;
  top: number;
}

export interface ViewGroup {
  view: View;
  /** The id of each stage's photo. */
  photos: Map<Stage, string>;
  /** The photo that came last. */
  opened: string | null;
}

/** Boxes, best score first, out of so many. */
export interface Shown {
  shown: Int32Array;
  total: number;
}

export interface ShownAnchors {
  shown: number[];
  total: number;
}

export interface Heat {
  canvas: OffscreenCanvas;
  /** Of the whole grid. */
  w: number;
  h: number;
}

export interface Layer {
  canvas: OffscreenCanvas;
  /** Where it was drawn; null: nowhere yet. */
  place: Place | null;
  shows: unknown[];
}

export interface Layers {
  photo: Layer;
  anchors: Layer;
  boxes: Layer;
}

export interface LineGroup extends Line {
  /** Higher ones lie on top. */
  rank: number;
  boxes: number[];
}

export type LineOf = (anchor: number) => Line & { part: number; rank: number };
export type StrokeStyle = { colourBy: ColourBy; thin: boolean };

/** Counts of lines, and the pixels that they become. */
export interface Sheet {
  width: number;
  height: number;
  /** Starts and ends of the lines, along rows and along columns; sums of these are counts. */
  rows: Int32Array;
  columns: Int32Array;
  vertical: Int32Array;
  pixels: ImageData;
  words: Uint32Array;
  inked: boolean;
  canvas: OffscreenCanvas;
  context: Pen;
}

/** One of anchor, cell and object, or none; good while its layout or its photo is shown. */
export interface Selection {
  layout: string;
  photo: string;
  anchor: number | null;
  cell: Cell | null;
  object: number | null;
}

export type Chosen = { anchor: number | null; cell: Cell | null; object?: number };
export type Hover = { object?: number; cell?: Cell; anchor?: number; asAnchor?: boolean };

/** What is to be drawn in the next frame. */
export interface Stale {
  hover?: boolean;
  boxes?: boolean;
  base?: boolean;
  moving?: boolean;
}

/** A bar under the picture, and its parts by name. */
export interface Bar {
  bar: HTMLElement;
  button: (name: string) => HTMLButtonElement;
  range: HTMLInputElement;
  part: (name: string) => HTMLElement;
}

/** How an element speaks: its text, what it says under the pointer, and to those who hear it. */
export type Label = { text?: string; title?: string; spoken?: string };

/** One canvas on the page that shows something. Timers are 0 while none is running. */
export interface Stage {
  root: HTMLElement;
  base: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  tip: HTMLElement;
  nmsBar: Bar;
  playBar: Bar;
  layers: Layers;
  /** Ends every listener. */
  signal: AbortSignal;
  send: (name: string, value: unknown) => void;
  /** After a change of scene or controls: what is shown, and all words about it. */
  refresh: () => void;
  draw: () => void;
  destroy: () => void;

  scene: Scene;
  memory: Memory;
  group: ViewGroup;
  objects: ObjectsHere | null;
  filtered: Shown;
  anchorLayer: ShownAnchors & { asked: unknown[] | null };
  heat: Heat | null;

  /** CSS pixels, and how many pixels of the screen one of them has. */
  width: number;
  height: number;
  ratio: number;
  maxHeight: number;

  selection: Selection | null;
  beforeClick: { selection: Selection | null; anchors: AnchorMode } | null;
  hover: Hover | null;
  hoverPoint: Point | null;
  /** The tip is about the selection, not about what is under the pointer. */
  told: boolean;
  tags: Tag[];
  gesture: Gesture | null;
  /** The objects before a row of presses on arrow keys. */
  nudgedFrom: ObjectHere[] | null;
  /** The edit that the page has not yet received. */
  waitingFor: string | null;
  spaceHeld: boolean;

  frame: number;
  stale: Stale;
  moving: boolean;
  settling: number;
  sending: number;
  speaking: number;
  nudging: number;
  playing: number;

  /** What was last built or said, so that it is done again only when it changes. */
  labelledIn: Words | null | undefined;
  levelSignature: string;
  classSignature: string;
  shapeSignature: string;
  status: string;
  toldList: ObjectHere[] | null;
  toldText: string;
}

export type StageWithObjects = Stage & { objects: ObjectsHere };
export type EditedStage = Stage & { objects: ObjectsHere & { editable: true } };

/** A canvas on the page, before and after it shows something. */
export interface Canvas {
  root: HTMLElement;
  component: Component;
  stage: Stage | null;
  /** The timer after which what is missing is asked for. */
  asking: number;
}
