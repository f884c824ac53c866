// Arrays that this page has, named by their content, so that each travels once; and what was
// computed from them, so that it is computed once. Lives as long as the page.

/** @import { ArrayEntry, Numbers, SceneArrays } from "../types.d.ts" */

const ARRAY_BYTES_KEPT = 64e6; // twice what the page's server counts on (browser_memory.py)
/** @type {Map<string, Numbers>} */
const arraysKept = new Map(); // id -> typed array, least recently used first
let arrayBytes = 0;

const ARRAY_KINDS = { f4: Float32Array, i4: Int32Array, u1: Uint8Array };

// Keep the arrays of a payload, from `at` on; returns where they end.
/** @type {(bytes: Uint8Array<ArrayBuffer>, at: number, entries: ArrayEntry[]) => number} */
export function receiveArrays(bytes, at, entries) {
  for (const { type, length, id, sent } of entries) {
    if (!sent) continue;
    const kind = ARRAY_KINDS[type];
    const size = length * kind.BYTES_PER_ELEMENT;
    // A copy: a view would keep the whole message alive.
    keepArray(id, new kind(bytes.slice(at, at + size).buffer));
    at += Math.ceil(size / 4) * 4;
  }
  return at;
}

/** @type {(id: string, array: Numbers) => void} */
function keepArray(id, array) {
  arrayBytes += array.byteLength - (arraysKept.get(id)?.byteLength ?? 0);
  arraysKept.delete(id);
  arraysKept.set(id, array);
}

// The arrays that a payload names, by their names; null when one of them is not here.
/** @type {(entries: ArrayEntry[]) => SceneArrays | null} */
export function findArrays(entries) {
  const found = Object.create(null); // else every object's own valueOf would pass for an array
  for (const { name, id } of entries) {
    const array = arraysKept.get(id);
    if (!array) return null;
    keepArray(id, array);
    found[name] = array;
  }
  for (const [id, array] of arraysKept) {
    if (arrayBytes <= ARRAY_BYTES_KEPT || entries.some((entry) => entry.id === id)) break;
    arraysKept.delete(id);
    arrayBytes -= array.byteLength;
  }
  return found;
}

/** @type {WeakMap<Numbers, Map<string, unknown>>} */
const derivedFrom = new WeakMap(); // typed array -> name -> what was computed from it

// What a function makes of an array, computed once; `name` says everything else it depends on.
/** @type {<A extends Numbers, T>(array: A, name: string, compute: (array: A) => T) => T} */
export function derive(array, name, compute) {
  const made = derivedFrom.get(array) ?? new Map();
  derivedFrom.set(array, made);
  if (!made.has(name)) made.set(name, compute(array));
  return made.get(name);
}
