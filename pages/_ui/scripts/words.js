// What a script says to a person, in the language of the visit (words.py): a template and facts, as
// messages.py has them. The templates are read off the scripts, so each is a literal and no call of
// these two is part of another one's.

/**
 * What a language says: by template, or by the singular of a template with two forms.
 *
 * @typedef {{ texts: Record<string, string>, plurals: Record<string, Plural> }} Words
 * @typedef {{ forms: string[], form: number[] }} Plural
 * @typedef {Record<string, string | number>} Facts
 */

/** @type {Words | null} */
let inForce = null; // null: English, which the templates are in

/** @type {(words: Words | null) => void} */
export function speakWith(words) {
  inForce = words;
}

/** @type {() => Words | null} */
export function wordsInForce() {
  return inForce;
}

/** @type {(value: number) => string} */
export function number(value) {
  return value.toLocaleString("en-US");
}

/** @type {(template: string, facts?: Facts) => string} */
export function tr(template, facts = {}) {
  return filled(inForce?.texts[template] ?? template, facts);
}

// As tr, of a number of things, which decides the form; it is the fact `count`, if none is given.
/** @type {(singular: string, plural: string, count: number, facts?: Facts) => string} */
export function ntr(singular, plural, count, facts = {}) {
  const told = inForce?.plurals[singular];
  // Beyond 199 the form is that of the last two digits.
  const at = count < 200 ? count : 100 + (count % 100);
  const english = count === 1 ? singular : plural;
  return filled(told ? told.forms[told.form[at]] : english, { count: number(count), ...facts });
}

/** @type {(template: string, facts: Facts) => string} */
function filled(template, facts) {
  return template.replace(/\{(\w+)\}/g, (braced, name) => String(facts[name] ?? braced));
}
