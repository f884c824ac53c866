// A class and a value for each anchor: which are shown, and how they are drawn.

const NO_VALUE = "#8c96a5";

function receiveClasses(scene, header, arrays) {
  if (header.classes) {
    const { classOf } = arrays;
    const kinds = header.classes.styles.length;
    const counts = derive(classOf, `counts of ${kinds}`, () => countKinds(classOf, kinds));
    scene.classes = { ...header.classes, counts };
    scene.classOf = classOf;
  }
  if (header.values) {
    scene.values = header.values;
    scene.valueOf = arrays.valueOf;
  }
}

function countKinds(classOf, kinds) {
  const counts = new Array(kinds).fill(0);
  for (const kind of classOf) counts[kind] += 1;
  return counts;
}

// A person's own choice, by name, else the page's.
function isClassShown({ classShown }, style) {
  return classShown.get(style.name) ?? style.shown;
}

// Whether an anchor passes the switches of classes and, coloured by value, has a value; null when
// every anchor does. What hides anchors in the browser belongs here.
function anchorFilter(scene, memory) {
  const byValue = colouring(scene, memory.controls) === "value";
  const shown = scene.classes?.styles.map((style) => isClassShown(memory, style));
  if (!byValue && !shown?.includes(false)) return null;
  return (anchor) => {
    if (shown && !shown[scene.classOf[anchor]]) return false;
    return !byValue || !Number.isNaN(scene.valueOf[anchor]);
  };
}

// The place of a value on the colour scale, in [0, 1].
function valueShare({ values, valueOf }, anchor) {
  const [low, high] = values.limits ?? [0, 0];
  return high > low ? Math.min(1, Math.max(0, (valueOf[anchor] - low) / (high - low))) : 1;
}

function lineByClass(scene, anchor) {
  const kind = scene.classOf[anchor];
  const { colour, width, dash } = scene.classes.styles[kind];
  return { part: kind, colour, width, dash, rank: -kind };
}

// High values are drawn wider and last.
function lineByValue(scene, anchor) {
  if (Number.isNaN(scene.valueOf[anchor])) {
    return { part: SCORE_BINS, colour: NO_VALUE, width: 1, dash: [], rank: -1 };
  }
  const bin = scoreBin(valueShare(scene, anchor));
  const middle = (bin + 0.5) / SCORE_BINS;
  const colour = `rgb(${stopsRgb(scene.values.stops, middle).join(",")})`;
  return { part: bin, colour, width: 1 + 1.5 * middle, dash: [], rank: bin };
}

// Enough digits to tell small numbers apart, and no more.
function brief(value) {
  return value === 0 ? "0" : Number(value.toPrecision(3)).toString();
}

function classLines(scene, anchor) {
  const lines = [];
  if (scene.classes) {
    const { name, styles } = scene.classes;
    const { name: value } = styles[scene.classOf[anchor]];
    lines.push(tr("{name}: {value}", { name: capital(name), value }));
  }
  if (scene.values) {
    const { name, unit } = scene.values;
    const value = scene.valueOf[anchor];
    lines.push(
      Number.isNaN(value)
        ? tr("{name}: none", { name: capital(name) })
        : tr("{name}: {value}", { name: capital(name), value: `${brief(value)} ${unit}`.trim() }),
    );
  }
  return lines;
}
