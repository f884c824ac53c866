// What a script says to a person, in the language of the visit (script_words.py): a template and
// facts, as messages.py has them. The templates are read off the scripts, so each is a literal and
// no call of these two is part of another one's.

let wordsInForce = null; // null: English, which the templates are in

function number(value) {
  return value.toLocaleString("en-US");
}

function tr(template, facts = {}) {
  return filled(wordsInForce?.texts[template] ?? template, facts);
}

// As tr, of a number of things, which decides the form; it is the fact `count`, if none is given.
function ntr(singular, plural, count, facts = {}) {
  const told = wordsInForce?.plurals[singular];
  // Beyond 199 the form is that of the last two digits.
  const at = count < 200 ? count : 100 + (count % 100);
  const english = count === 1 ? singular : plural;
  return filled(told ? told.forms[told.form[at]] : english, { count: number(count), ...facts });
}

function filled(template, facts) {
  return template.replace(/\{(\w+)\}/g, (braced, name) => facts[name] ?? braced);
}
