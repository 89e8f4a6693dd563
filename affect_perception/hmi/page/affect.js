// Valence and arousal with trail and uncertainty, load and stress, pulse and breath.

import { byId, colour, explained, fixed, isKnown, percent, setMeter, setScale, setText, surface } from "/helpers.js";

const TRAIL_S = 20;
const FACE = 1, VOICE = 2, PHYSIO = 3;

export function drawAffect(known, shown) {
  const state = shown.affect;
  if (!state) return;
  drawPlane(known, state);
  drawLoad(known, shown, state);
  drawPulse(known, shown, state);
}

function drawPlane(known, state) {
  const drawn = surface("plane");
  if (drawn) paintPlane(drawn, known, state);
  const shares = state.class_probabilities;
  const best = shares.reduce((top, share, i) => (isKnown(share) && (top < 0 || share > shares[top]) ? i : top), -1);
  const looks = best < 0 ? "" : `${appearance(state)}: ${known.setup.words.classes[best]}, ${percent(shares[best])}`;
  const odd = state.disagreeing.length ? `; ${state.disagreeing.join(", ")} disagrees` : "";
  setText(byId("class"), isKnown(state.valence) ? looks + odd : "not known");
}

// An expression is no feeling: it says what face and voice look like.
function appearance(state) {
  const counts = (kind) => (state.modalities.find((part) => part.modality === kind)?.weight_classes ?? 0) > 0.01;
  if (counts(FACE) && counts(VOICE)) return "face and voice look like";
  if (counts(FACE)) return "the face looks like";
  return counts(VOICE) ? "the voice sounds like" : "looked last like";
}

function paintPlane({ pen, width, height }, known, state) {
  const half = Math.min(width / 2 - 22, height / 2 - 4);
  const [cx, cy] = [width / 2, height / 2];
  const x = (valence) => cx + half * Math.max(-1.1, Math.min(1.1, valence));
  const y = (arousal) => cy - half * Math.max(-1.1, Math.min(1.1, arousal));
  pen.strokeStyle = colour("rule");
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(cx, cy, half, 0, 7);
  pen.moveTo(x(-1), cy); pen.lineTo(x(1), cy); pen.moveTo(cx, y(-1)); pen.lineTo(cx, y(1));
  pen.stroke();
  pen.fillStyle = colour("soft");
  paintWords(pen, cx, cy, half);
  paintTrail(pen, x, y, known);
  if (isKnown(state.valence) && isKnown(state.arousal)) paintNow(pen, x, y, half, state);
}

// Along the axis inside the circle where there is room, else upright beside it.
function paintWords(pen, cx, cy, half) {
  pen.font = '14px system-ui, "DejaVu Sans", sans-serif';
  pen.textAlign = "left";
  pen.fillText("excited", cx + 5, cy - half + 20);
  pen.fillText("calm", cx + 5, cy + half - 11);
  if (half > 20 + pen.measureText("unpleasant").width) {
    pen.fillText("unpleasant", cx - half + 6, cy - 6);
    pen.textAlign = "right";
    pen.fillText("pleasant", cx + half - 6, cy - 6);
    return;
  }
  pen.textAlign = "center";
  for (const [word, side] of [["unpleasant", -1], ["pleasant", 1]]) {
    pen.save();
    pen.translate(cx + side * (half + 11), cy);
    pen.rotate((side * Math.PI) / 2);
    pen.fillText(word, 0, 5);
    pen.restore();
  }
}

function paintTrail(pen, x, y, known) {
  const columns = known.setup.columns;
  const [v, a] = [columns.indexOf("valence"), columns.indexOf("arousal")];
  const rows = known.past;
  const newest = rows.length ? rows[rows.length - 1][0] : 0;
  pen.strokeStyle = colour("mark");
  pen.lineWidth = 3;
  for (let i = 1; i < rows.length; i += 1) {
    const [from, to] = [rows[i - 1], rows[i]];
    const age = newest - to[0];
    if (age > TRAIL_S || ![from[v], from[a], to[v], to[a]].every(isKnown)) continue;
    pen.globalAlpha = 0.7 * (1 - age / TRAIL_S);
    pen.beginPath();
    pen.moveTo(x(from[v]), y(from[a]));
    pen.lineTo(x(to[v]), y(to[a]));
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

function paintNow(pen, x, y, half, state) {
  const [px, py] = [x(state.valence), y(state.arousal)];
  pen.fillStyle = colour("mark");
  pen.globalAlpha = 0.2;
  pen.beginPath();
  pen.ellipse(px, py, half * (state.valence_std ?? 0), half * (state.arousal_std ?? 0), 0, 0, 7);
  pen.fill();
  pen.globalAlpha = 1;
  pen.beginPath();
  pen.arc(px, py, 8, 0, 7);
  pen.fill();
  pen.strokeStyle = colour("panel");
  pen.lineWidth = 2;
  pen.stroke();
}

function drawLoad(known, shown, state) {
  for (const name of ["cognitive_load", "stress"]) {
    const std = state[`${name}_std`];
    setText(byId(name).querySelector("b"), percent(state[name]));
    setText(byId(name).querySelector(".std"), isKnown(std) ? `± ${percent(std)}` : "");
    setScale(name, state[name], std);
  }
  const load = shown.physio?.load;
  const why = load ? explained(load.reasons, known.setup.words.load) : ["No body sensors."];
  setText(byId("load-note"), why[0] ?? "");
}

function drawPulse(known, shown, state) {
  setText(byId("rate"), isKnown(state.heart_rate) ? fixed(state.heart_rate, 0) : "–");
  setText(byId("rate-std"), isKnown(state.heart_rate_std) ? `± ${fixed(state.heart_rate_std, 0)}` : "");
  setMeter("rate-quality", state.heart_rate_quality);
  setText(byId("pulse-note"), pulseNote(known, shown, state));
  const breath = isKnown(state.respiration_rate)
    ? `breath ${fixed(state.respiration_rate, 0)} a minute, quality ${percent(state.respiration_quality)}`
    : "breath not known";
  setText(byId("breath"), breath);
}

function pulseNote(known, shown, state) {
  const words = known.setup.words;
  if (isKnown(state.heart_rate)) {
    const weight = (kind) => state.modalities.find((part) => part.modality === kind)?.weight_heart ?? 0;
    const sources = [[PHYSIO, "body sensors"], [FACE, "camera"]]
      .filter(([kind]) => weight(kind) > 0.01)
      .map(([kind, name]) => [name, percent(weight(kind))]);
    const from = sources.length === 1 ? sources[0][0] : sources.map((source) => source.join(" ")).join(", ");
    return `quality ${percent(state.heart_rate_quality)}${from ? `, by ${from}` : ""}`;
  }
  const why = shown.physio ? explained(shown.physio.degradation_reasons, words.physio) : ["No body sensors."];
  const camera = shown.face ? explained(shown.face.pulse.reasons, words.pulse) : [];
  return [...why.slice(0, 1), ...camera.slice(0, 1)].join(" ");
}
