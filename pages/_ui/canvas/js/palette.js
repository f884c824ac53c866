// Colours and lines. The palette itself comes from Python, so that charts use the same.

const SCORE_BINS = 24;

function hexToRgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// Of "#rrggbb" or "rgb(r,g,b)", which are all that the palette and the code below spell.
function colourToRgb(colour) {
  return colour.startsWith("#") ? hexToRgb(colour) : colour.match(/\d+/g).map(Number);
}

// The colour of a score in [0, 1].
function scoreRgb(palette, score) {
  return stopsRgb(palette.scores, score);
}

// The colour of a share in [0, 1], between the two stops around it.
function stopsRgb(stops, score) {
  const value = Math.min(1, Math.max(0, score));
  let upper = 1;
  while (upper < stops.length - 1 && stops[upper][0] < value) upper += 1;
  const [low, lowHex] = stops[upper - 1];
  const [high, highHex] = stops[upper];
  const share = (value - low) / (high - low);
  const from = hexToRgb(lowHex);
  const to = hexToRgb(highHex);
  return from.map((channel, i) => Math.round(channel + share * (to[i] - channel)));
}

// One colour per bin: boxes of one colour are drawn together.
function scoreBinColours(palette) {
  return Array.from({ length: SCORE_BINS }, (_, bin) => {
    return `rgb(${scoreRgb(palette, (bin + 0.5) / SCORE_BINS).join(",")})`;
  });
}

function scoreBin(score) {
  return Math.min(SCORE_BINS - 1, Math.max(0, Math.floor(score * SCORE_BINS)));
}

function levelColour(palette, level) {
  return palette.levels[level % palette.levels.length];
}

// Coarser levels get thicker lines, so that levels differ without colour too.
function levelWidth(level) {
  return 1 + 0.5 * level;
}
