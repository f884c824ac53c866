// Photos that this page has, so that each travels once. Lives as long as the page.

const PHOTOS_KEPT = 8;
const PHOTO_REQUESTS = 3;
const photos = new Map(); // id -> ImageBitmap, least recently used first
const decoding = new Set();
const photoRequests = new Map(); // id -> how often it was asked for

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
    photoRequests.delete(id);
  } finally {
    decoding.delete(id);
  }
  while (photos.size > PHOTOS_KEPT) photos.delete(photos.keys().next().value);
}

// Bounded, so that a photo which can never arrive does not rerun the script for ever.
function mayAskForPhoto(id) {
  if (decoding.has(id)) return false;
  const asked = photoRequests.get(id) ?? 0;
  photoRequests.set(id, asked + 1);
  return asked < PHOTO_REQUESTS;
}
