// Maps that keep what was used last.

// Put a value last, as the one used most recently; the oldest go, beyond so many.
/** @type {<K, V>(map: Map<K, V>, key: K, value: V, most: number) => V} */
export function keep(map, key, value, most) {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
  return value;
}
