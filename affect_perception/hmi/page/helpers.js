// Small things that several parts of the page use.

const TOPIC_WORDS = {
  attention: "attention_state", affect: "affect_state", face: "face", voice: "voice", physio: "physio",
};

export const byId = (id) => document.getElementById(id);

export const isKnown = (value) => typeof value === "number";

export const percent = (value) => (isKnown(value) ? `${Math.round(100 * value)} %` : "–");

export const fixed = (value, digits) => (isKnown(value) ? value.toFixed(digits) : "–");

export const spaced = (word) => word.replaceAll("_", " ");

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// "no data since 3.2 s", or why there never was any.
export function ageText(known, topic) {
  if (!known.connected) return "not connected";
  const last = known.now[topic];
  if (!last) return `nothing has come on ${TOPIC_WORDS[topic]}`;
  return `no data since ${((performance.now() - last.at) / 1000).toFixed(1)} s`;
}

// First sentence that explains one of the words; the word itself where there is none.
export function explained(words, meanings) {
  return words.map((word) => meanings[word] ?? spaced(word));
}

let colours = null;

export function forgetColours() { colours = null; }

// The colours of the theme, by the name of the CSS variable.
export function colour(name) {
  colours ??= { style: getComputedStyle(document.documentElement), found: {} };
  return (colours.found[name] ??= colours.style.getPropertyValue(`--${name}`).trim());
}

// A canvas cleared for drawing in CSS pixels; null while it is not shown.
export function surface(id) {
  const canvas = byId(id);
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const scale = window.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

// A bar from 0 to 1 (or low to high) with a mark and a band of one standard deviation.
export function setScale(id, value, std, low = 0, high = 1) {
  const place = (number) => 100 * Math.min(1, Math.max(0, (number - low) / (high - low)));
  const box = byId(id);
  const [band, mark] = [box.querySelector(".band"), box.querySelector(".mark")];
  mark.hidden = !isKnown(value);
  band.hidden = !isKnown(value) || !isKnown(std);
  if (!mark.hidden) mark.style.left = `${place(value)}%`;
  if (!band.hidden) {
    band.style.left = `${place(value - std)}%`;
    band.style.right = `${100 - place(value + std)}%`;
  }
}

export function setMeter(id, share) {
  byId(id).querySelector("i").style.width = isKnown(share) ? `${100 * share}%` : "0";
}
