// Numbers and names as they are written.

/** @type {(value: number, digits?: number) => string} */
export function fixed(value, digits = 1) {
  return Number(value.toFixed(digits)).toString();
}

/** @type {(text: string) => string} */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Enough digits to tell small numbers apart, and no more.
/** @type {(value: number) => string} */
export function brief(value) {
  return value === 0 ? "0" : Number(value.toPrecision(3)).toString();
}
