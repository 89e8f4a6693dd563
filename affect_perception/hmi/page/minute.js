// Time lines of the last minute: alert, road, eyes, valence and arousal, load and stress, pulse.

import { colour, isKnown, surface } from "/helpers.js";

const SPAN_S = 60;
const BREAK_S = 0.7; // a longer hole is a hole
const LEVELS = ["unknown", "none", "info", "warning", "critical"];
const LANES = [
  { name: "alert", kind: "levels", column: "alert_level" },
  { name: "eyes off road", kind: "flags", column: "off_road" },
  { name: "eyes open", kind: "lines", columns: ["openness"], low: 0, high: 1.2, ticks: [0, 1], unit: 100 },
  { name: "valence, arousal", kind: "lines", columns: ["valence", "arousal"], low: -1, high: 1, ticks: [-1, 0, 1], unit: 1 },
  { name: "load, stress", kind: "lines", columns: ["cognitive_load", "stress"], low: 0, high: 1, ticks: [0, 1], unit: 100 },
  { name: "pulse", kind: "lines", columns: ["heart_rate"], low: 45, high: 125, ticks: [60, 100], unit: 1 },
];

export function drawMinute(known) {
  const drawn = surface("lines");
  if (!drawn) return;
  const { pen, width, height } = drawn;
  const small = width < 420;
  const left = small ? 92 : 150;
  const right = 34;
  const foot = 20;
  const thin = Math.min(26, (height - foot) / 8);
  const rest = (height - foot - 2 * thin) / 4;
  const now = performance.now() / 1000;
  const x = (time) => left + (width - left - right) * (1 - (now - time) / SPAN_S);
  pen.font = `${small ? 13 : 15}px system-ui, "DejaVu Sans", sans-serif`;
  pen.textBaseline = "middle";
  paintGrid(pen, x, now, height - foot, height);
  let top = 0;
  for (const lane of LANES) {
    const tall = lane.kind === "lines" ? rest : thin;
    pen.textAlign = "left";
    paintName(pen, lane, top + tall / 2, left);
    paintLane(pen, lane, known, x, top + 3, top + tall - 3, left, width - right, now);
    top += tall;
  }
}

function paintName(pen, lane, y, left) {
  const names = lane.kind === "lines" && lane.columns.length === 2 ? lane.name.split(", ") : [lane.name];
  const paints = names.length === 2 ? ["mark", "mark2"] : ["ink"];
  names.forEach((name, i) => {
    pen.fillStyle = colour(paints[i]);
    pen.fillText(name, 0, y + (names.length === 2 ? 18 * (i - 0.5) : 0), left - 8);
  });
}

function paintGrid(pen, x, now, bottom, height) {
  pen.strokeStyle = colour("rule");
  pen.lineWidth = 1;
  pen.fillStyle = colour("soft");
  pen.textAlign = "center";
  for (let age = 0; age <= SPAN_S; age += 15) {
    pen.beginPath();
    pen.moveTo(x(now - age), 0);
    pen.lineTo(x(now - age), bottom);
    pen.stroke();
    pen.fillText(age ? `-${age} s` : "now", x(now - age), height - 9);
  }
}

function paintLane(pen, lane, known, x, top, bottom, left, right, now) {
  const rows = known.past.filter((row) => now - row[0] <= SPAN_S);
  const place = (name) => known.setup.columns.indexOf(name);
  if (lane.kind === "lines") {
    const y = (value) => bottom - ((bottom - top) * (Math.min(lane.high, Math.max(lane.low, value)) - lane.low)) / (lane.high - lane.low);
    pen.fillStyle = colour("soft");
    pen.strokeStyle = colour("rule");
    pen.textAlign = "left";
    for (const tick of lane.ticks) {
      pen.beginPath();
      pen.moveTo(left, y(tick));
      pen.lineTo(right, y(tick));
      pen.stroke();
      pen.fillText(lane.unit * tick, right + 4, Math.min(bottom - 4, Math.max(top + 6, y(tick))));
    }
    lane.columns.forEach((name, i) => paintLine(pen, rows, place(name), x, y, colour(i ? "mark2" : "mark")));
    return;
  }
  const column = place(lane.column);
  rows.forEach((row, i) => {
    const value = row[column];
    if (!isKnown(value) || (lane.kind === "flags" && !value)) return;
    const end = i + 1 < rows.length ? Math.min(rows[i + 1][0], row[0] + BREAK_S) : Math.min(now, row[0] + BREAK_S);
    pen.fillStyle = lane.kind === "flags" ? colour("mark2") : value === 1 ? colour("good") : colour(`${LEVELS[value]}-ground`);
    const inset = lane.kind === "levels" && value === 1 ? (bottom - top) * 0.35 : 0;
    pen.fillRect(x(row[0]), top + inset, x(end) - x(row[0]) + 0.5, bottom - top - 2 * inset);
  });
}

function paintLine(pen, rows, column, x, y, paint) {
  pen.strokeStyle = paint;
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  pen.beginPath();
  let last = -Infinity;
  for (const row of rows) {
    if (!isKnown(row[column])) { last = -Infinity; continue; }
    if (row[0] - last > BREAK_S) pen.moveTo(x(row[0]), y(row[column]));
    else pen.lineTo(x(row[0]), y(row[column]));
    last = row[0];
  }
  pen.stroke();
}
