// Two eyes as in a mirror, how far they are open, and how awake the driver is.

import { byId, colour, fixed, isKnown, percent, setMeter, setScale, setText, surface } from "/helpers.js";

const EYES_CLOSED = 2;
const MICROSLEEP = 4;

export function drawLids(known, shown) {
  const state = shown.attention;
  if (!state) return;
  const words = known.setup.words;
  const drawn = surface("eyes");
  if (drawn) drawEyes(drawn, state, shown.face, words);
  const asleep = state.drowsiness >= MICROSLEEP;
  setText(byId("drowsiness"), words.drowsiness[state.drowsiness]);
  byId("drowsiness").style.color = asleep ? colour("bad") : state.drowsiness === 3 ? colour("fair") : "";
  const rests = isKnown(state.perclos) ? `closed ${Math.round(state.perclos_window)} s` : "eyes closed";
  setText(byId("perclos-window"), rests);
  setText(byId("perclos"), percent(state.perclos));
  setText(byId("kss-value"), fixed(state.kss, 1));
  setText(byId("kss-std"), isKnown(state.kss_std) ? `KSS ± ${fixed(state.kss_std, 1)}` : "KSS");
  setScale("kss", state.kss, state.kss_std, 1, 9);
  for (const name of ["eyes", "gaze", "head"]) {
    const id = `calibration_progress_${name}`;
    setMeter(id, state[id]);
  }
  drawUpkeep(state, shown);
}

function drawEyes({ pen, width, height }, state, face, words) {
  // Left on the screen is the driver's left, as in a mirror and as in the cabin picture.
  const eyes = [
    ["left", state.left_eye_openness, face?.left_eye],
    ["right", state.right_eye_openness, face?.right_eye],
  ];
  const closed = state.eyes_state === EYES_CLOSED;
  const size = Math.min(width / 4.4, (height - 38) / 1.1);
  eyes.forEach(([name, openness, seen], i) => {
    const x = width * (i === 0 ? 0.26 : 0.74);
    const y = (height - 38) / 2 + 0.1 * size;
    drawEye(pen, x, y, size, openness, closed);
    pen.fillStyle = colour("ink");
    pen.textAlign = "center";
    pen.font = `600 ${Math.min(22, Math.max(15, width / 17))}px system-ui, "DejaVu Sans", sans-serif`;
    const reason = seen && !seen.usable && seen.reason ? seen.reason.replaceAll("_", " ") : "not seen";
    pen.fillText(isKnown(openness) ? `${name} ${percent(openness)}` : `${name}: ${reason}`, x, y + 0.45 * size + 28, width / 2 - 8);
  });
}

function drawEye(pen, x, y, half, openness, closed) {
  const seen = isKnown(openness);
  const open = seen ? Math.min(1.25, Math.max(0, openness)) : 0.8;
  const lift = half * 0.95 * open;
  const lids = new Path2D();
  lids.moveTo(x - half, y);
  lids.quadraticCurveTo(x, y - lift, x + half, y);
  lids.quadraticCurveTo(x, y + 0.75 * lift, x - half, y);
  pen.lineWidth = 3.5;
  pen.lineCap = "round";
  pen.setLineDash(seen ? [] : [7, 8]);
  pen.strokeStyle = seen ? (closed ? colour("bad") : colour("ink")) : colour("soft");
  if (seen && open > 0.05) {
    pen.save();
    pen.clip(lids);
    pen.fillStyle = colour("mark");
    pen.beginPath();
    pen.arc(x, y - 0.06 * half, 0.36 * half, 0, 7);
    pen.fill();
    pen.fillStyle = colour("panel");
    pen.beginPath();
    pen.arc(x, y - 0.06 * half, 0.15 * half, 0, 7);
    pen.fill();
    pen.restore();
  }
  pen.stroke(lids);
  pen.setLineDash([]);
  // How far an open eye of this driver opens.
  pen.lineWidth = 1;
  pen.strokeStyle = colour("rule");
  pen.beginPath();
  pen.moveTo(x - half, y);
  pen.quadraticCurveTo(x, y - 0.95 * half, x + half, y);
  pen.stroke();
}

function drawUpkeep(state, shown) {
  const parts = [["attention", state.latency], ["affect", shown.affect?.latency]]
    .filter(([, seconds]) => isKnown(seconds))
    .map(([name, seconds]) => `${name} ${Math.round(1000 * seconds)} ms`);
  setText(byId("latency"), parts.length ? `Latency: ${parts.join(", ")}` : "Latency not known");
  setText(byId("profile"), `Profile ${state.profile || "not known"}, driver ${state.driver_number}`);
}
