// From bytes to a header, and to the arrays and words that came with it: the inverse of payload.py.

/** @import { Header, Payload, Words } from "../types.d.ts" */

import { speakWith } from "../../../scripts/words.js";
import { receiveArrays } from "./arrays.js";

// { header, photoBytes }; its arrays are kept with all others.
/** @type {(data: Uint8Array<ArrayBuffer>) => Payload} */
export function parsePayload(data) {
  const words = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (new TextDecoder().decode(data.subarray(0, 4)) !== "RPN1") {
    throw new Error("The canvas got data in a form that it does not know.");
  }
  const headerLength = words.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(data.subarray(8, 8 + headerLength)));
  const at = receiveArrays(data, 8 + headerLength, header.arrays);
  const photoBytes = header.photoBytes ? data.slice(at, at + header.photoBytes) : null;
  return { header, photoBytes };
}

/** @type {Map<string, Words>} */
const wordsKept = new Map(); // id -> what a language says, for as long as the page lives

// Speak the language of a payload; false when its words are not here.
/** @type {(header: Pick<Header, "words" | "sentWords">) => boolean} */
export function receiveWords({ words, sentWords }) {
  if (words !== null && sentWords) wordsKept.set(words, sentWords);
  const known = words === null ? null : wordsKept.get(words);
  if (known === undefined) return false;
  speakWith(known);
  return true;
}
