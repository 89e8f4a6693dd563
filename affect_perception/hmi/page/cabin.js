// The cabin as its driver sees it: zones, where the gaze falls, and where it fell in the last minute.

import { byId, colour, isKnown, percent, setText, spaced, surface } from "/helpers.js";

const CELL = 2; // degrees, as in the report
const SPREAD = 2; // cells over which a look is spread: the gaze is uncertain by a few degrees
const LETTER = 1.95; // width of a letter, degrees
const LETTERS_FROM = 2.3; // CSS pixels per degree from which names can be read

const SVG = "http://www.w3.org/2000/svg";
let cabin = null;
let paths = {};
let spot = null;
let halo = null;

const across = (yaw) => cabin.yaw - yaw;
const down = (pitch) => cabin.pitch[1] - pitch;
const extent = () => [2 * cabin.yaw, cabin.pitch[1] - cabin.pitch[0]];
const degrees = (angle) => (angle * 180) / Math.PI;

function element(kind, attributes, parent) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

export function prepareCabin(drawing) {
  cabin = drawing;
  paths = {};
  const [width, height] = extent();
  const outline = byId("outline");
  outline.replaceChildren();
  outline.setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const zone of cabin.zones) {
    const d = zone.rings.map((ring) => `M${ring.map(([yaw, pitch]) => `${across(yaw).toFixed(1)} ${down(pitch).toFixed(1)}`).join("L")}Z`).join("");
    paths[zone.name] = element("path", { d, class: zone.role }, outline);
  }
  for (const zone of cabin.zones) label(zone, outline);
  halo = element("ellipse", { id: "gaze-std" }, outline);
  spot = element("circle", { id: "gaze", r: 2.2 }, outline);
}

// A zone's name in up to three lines, where it fits.
function label(zone, outline) {
  const words = spaced(zone.name).split(" ");
  const letters = zone.width / LETTER;
  const lines = [];
  for (const word of words) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length > 3 || lines.some((line) => line.length > letters)) return;
  const [yaw, pitch] = zone.place;
  lines.forEach((line, index) => {
    const y = down(pitch) + 4 * (index - (lines.length - 1) / 2);
    element("text", { x: across(yaw), y, class: zone.role }, outline).textContent = line;
  });
}

export function drawCabin(known, shown) {
  if (!cabin) return;
  drawHeat(known);
  const outline = byId("outline");
  outline.classList.toggle("tiny", outline.clientHeight / extent()[1] < LETTERS_FROM);
  const state = shown.attention;
  if (!state) return;
  const shares = Object.fromEntries(state.gaze_zones.map((name, i) => [name, state.gaze_zone_probabilities[i]]));
  for (const [name, path] of Object.entries(paths)) {
    path.style.fillOpacity = (0.05 + 0.55 * (shares[name] ?? 0)).toFixed(2);
    path.toggleAttribute("data-now", name === state.gaze_zone);
  }
  const seen = isKnown(state.gaze_yaw) && isKnown(state.gaze_pitch);
  for (const one of [spot, halo]) one.style.display = seen ? "" : "none";
  if (seen) placeGaze(state);
  const zone = state.gaze_zone === "unknown" ? "gaze not known" : spaced(state.gaze_zone);
  const sure = isKnown(state.gaze_zone_probability) ? `, ${percent(state.gaze_zone_probability)}` : "";
  const source = state.gaze_source === 2 ? ", by the head" : "";
  setText(byId("zone"), zone + sure + source);
}

function placeGaze(state) {
  const [width, height] = extent();
  const x = Math.min(width, Math.max(0, across(degrees(state.gaze_yaw))));
  const y = Math.min(height, Math.max(0, down(degrees(state.gaze_pitch))));
  for (const one of [spot, halo]) {
    one.setAttribute("cx", x.toFixed(2));
    one.setAttribute("cy", y.toFixed(2));
  }
  halo.setAttribute("rx", degrees(state.gaze_yaw_std ?? 0).toFixed(2));
  halo.setAttribute("ry", degrees(state.gaze_pitch_std ?? 0).toFixed(2));
}

let heatOf = 0;

// Redrawn when a point is added to the past, five times a second; older looks fade.
function drawHeat(known) {
  const rows = known.past;
  const newest = rows.length ? rows[rows.length - 1][0] : 0;
  const canvas = byId("heat");
  const stamp = `${newest} ${canvas.clientWidth} ${canvas.clientHeight} ${colour("heat")}`;
  if (stamp === heatOf) return;
  heatOf = stamp;
  const drawn = surface("heat");
  if (!drawn) return;
  const [width, height] = extent();
  const [columns, rowsDown] = [Math.round(width / CELL), Math.round(height / CELL)];
  const cells = new Float32Array(columns * rowsDown);
  const [yawAt, pitchAt] = [known.setup.columns.indexOf("gaze_yaw"), known.setup.columns.indexOf("gaze_pitch")];
  for (const row of rows) {
    if (!isKnown(row[yawAt]) || !isKnown(row[pitchAt])) continue;
    const fade = Math.max(0, 1 - (newest - row[0]) / 60);
    splat(cells, columns, rowsDown, across(degrees(row[yawAt])) / CELL, down(degrees(row[pitchAt])) / CELL, fade);
  }
  paint(drawn, cells, columns, rowsDown);
}

function splat(cells, columns, rows, x, y, weight) {
  const [left, top] = [Math.floor(x) - 2 * SPREAD, Math.floor(y) - 2 * SPREAD];
  for (let row = Math.max(0, top); row <= Math.min(rows - 1, top + 4 * SPREAD); row += 1) {
    for (let column = Math.max(0, left); column <= Math.min(columns - 1, left + 4 * SPREAD); column += 1) {
      const far = ((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2) / (2 * (SPREAD / 1.5) ** 2);
      cells[row * columns + column] += weight * Math.exp(-far);
    }
  }
}

function paint({ pen, width, height }, cells, columns, rows) {
  const picture = new ImageData(columns, rows);
  const [red, green, blue] = colour("heat").split(" ").map(Number);
  cells.forEach((value, i) => {
    picture.data.set([red, green, blue, 190 * (1 - Math.exp(-value / 6))], 4 * i);
  });
  const small = new OffscreenCanvas(columns, rows);
  small.getContext("2d").putImageData(picture, 0, 0);
  // As the drawing above it: fitted into the middle, with its shape kept.
  const scale = Math.min(width / columns, height / rows);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, (width - scale * columns) / 2, (height - scale * rows) / 2, scale * columns, scale * rows);
}
