// The mesh of the face instead of a picture, as in a mirror.

import { byId, colour, explained, setText, surface } from "/helpers.js";

const FOLLOW = 0.08; // how quickly the view follows the face

let view = null;
let track = -1;

function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Int16Array(bytes.buffer);
}

export function drawFace(known, shown) {
  const state = shown.face;
  if (!state) return;
  const drawn = surface("mesh");
  const lines = known.setup.face_lines;
  setText(byId("face-note"), note(known, state, lines));
  if (!drawn || !state.mesh || !lines.length) {
    view = null;
    return;
  }
  const points = unpack(state.mesh);
  follow(points);
  const { pen, width, height } = drawn;
  const scale = Math.min(width, height) / (1.25 * view.size);
  const x = (i) => width / 2 - scale * (points[2 * i] - view.x); // mirrored
  const y = (i) => height / 2 + scale * (points[2 * i + 1] - view.y);
  pen.fillStyle = colour("soft");
  for (let i = 0; i < points.length / 2; i += 1) pen.fillRect(x(i) - 0.8, y(i) - 0.8, 1.6, 1.6);
  pen.strokeStyle = colour("mark");
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  for (const { points: row } of lines) {
    pen.beginPath();
    row.forEach((i) => pen.lineTo(x(i), y(i)));
    pen.closePath();
    pen.stroke();
  }
}

// The view follows slowly, so that the driver is seen to move and is never lost.
function follow(points) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]); right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]); bottom = Math.max(bottom, points[i + 1]);
  }
  const now = { x: (left + right) / 2, y: (top + bottom) / 2, size: Math.max(1, right - left, bottom - top) };
  view ??= now;
  const far = Math.abs(now.x - view.x) + Math.abs(now.y - view.y) > now.size;
  const share = far ? 1 : FOLLOW;
  for (const key of ["x", "y", "size"]) view[key] += share * (now[key] - view[key]);
}

function note(known, state, lines) {
  if (state.degradation_reasons.length) {
    return explained(state.degradation_reasons, known.setup.words.attention)[0];
  }
  if (!lines.length) return "Turned off (parameter mesh of the node hmi).";
  return state.mesh ? "" : "No landmarks come (parameter landmarks of face_perception).";
}
