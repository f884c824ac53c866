// Photos that this page has, so that each travels once. Lives as long as the page.

const PHOTOS_KEPT = 8;
const photos = new Map(); // id -> ImageBitmap, least recently used first
const decoding = new Set();

function getPhoto(id) {
  const bitmap = photos.get(id);
  if (!bitmap) return null;
  photos.delete(id);
  photos.set(id, bitmap);
  return bitmap;
}

async function decodePhoto(id, bytes) {
  decoding.add(id);
  try {
    photos.set(id, await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })));
  } finally {
    decoding.delete(id);
  }
  while (photos.size > PHOTOS_KEPT) photos.delete(photos.keys().next().value);
}

function isDecoding(id) {
  return decoding.has(id);
}
