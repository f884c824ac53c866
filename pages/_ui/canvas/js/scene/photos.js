// Photos that this page has, so that each travels once. Lives as long as the page.

import { keep } from "./recent.js";

const PHOTOS_KEPT = 8;
/** @type {Map<string, ImageBitmap>} */
const photos = new Map(); // id -> ImageBitmap, least recently used first
/** @type {Set<string>} */
const decoding = new Set();

/** @type {(id: string) => ImageBitmap | null} */
export function getPhoto(id) {
  const bitmap = photos.get(id);
  return bitmap ? keep(photos, id, bitmap, PHOTOS_KEPT) : null;
}

/** @type {(id: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>} */
export async function decodePhoto(id, bytes) {
  decoding.add(id);
  try {
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    keep(photos, id, bitmap, PHOTOS_KEPT);
  } finally {
    decoding.delete(id);
  }
}

/** @type {(id: string) => boolean} */
export function isDecoding(id) {
  return decoding.has(id);
}
