// Connects, keeps what has come, and draws it when the browser is ready for a new picture.

import { drawAffect } from "/affect.js";
import { drawAlert } from "/alert.js";
import { drawCabin, prepareCabin } from "/cabin.js";
import { drawFace } from "/face.js";
import { ageText, byId, forgetColours } from "/helpers.js";
import { drawLids } from "/lids.js";
import { drawMinute } from "/minute.js";
import { drawSenses } from "/senses.js";

const RETRY_MS = [250, 500, 1000, 1000, 2000];
const SILENT_LINK_MS = 1500; // the server says something four times a second
const THEMES = ["auto", "day", "night"];
const IDLE_MS = 100; // how often ages are looked at while nothing comes

// Everything that is known; the drawing functions read it.
//   setup: what never changes; now: {topic: {state, at}} with `at` on this page's clock, ms;
//   past: rows as the server writes them, with their time on this page's clock, s.
const known = { setup: null, now: {}, past: [], connected: false, lostAt: performance.now(), tries: 0 };

let socket = null;
let lastHeard = performance.now();
let due = false;

function connect() {
  socket = new WebSocket(`ws://${location.host}/states`);
  socket.onmessage = (event) => {
    socket.send("k"); // acknowledged: the server may send the next
    hear(JSON.parse(event.data));
  };
  socket.onclose = lost;
  lastHeard = performance.now();
}

function lost() {
  if (known.connected) known.lostAt = performance.now();
  known.connected = false;
  const wait = RETRY_MS[Math.min(known.tries, RETRY_MS.length - 1)];
  known.tries += 1;
  setTimeout(connect, wait);
  draw();
}

function hear(message) {
  lastHeard = performance.now();
  if (message.kind === "setup") {
    if (known.setup && known.setup.version !== message.version) location.reload();
    known.setup = message;
    known.now = {};
    prepareCabin(message.cabin);
  } else if (message.kind === "past") {
    known.waiting = message.rows;
  } else {
    take(message);
    known.connected = true;
    known.tries = 0;
  }
  draw();
}

function take(message) {
  for (const topic of ["attention", "affect", "face", "voice", "physio"]) {
    if (topic in message) {
      known.now[topic] = { state: message[topic].state, at: lastHeard - 1000 * message[topic].age };
    }
  }
  const offset = lastHeard / 1000 - message.clock;
  const placed = (row) => [row[0] + offset, ...row.slice(1)];
  if (known.waiting) {
    known.past = known.waiting.map(placed);
    known.waiting = null;
  }
  const newest = known.past.length ? known.past[known.past.length - 1][0] : -Infinity;
  if (message.row && message.row[0] + offset > newest + 0.1) known.past.push(placed(message.row));
  while (known.past.length && known.past[0][0] < lastHeard / 1000 - 62) known.past.shift();
}

function draw() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    if (!known.setup && known.connected) return;
    const shown = freshStates();
    showSilence(shown);
    drawAlert(known, shown);
    drawSenses(known, shown);
    if (!known.setup) return;
    drawCabin(known, shown);
    drawLids(known, shown);
    drawFace(known, shown);
    drawAffect(known, shown);
    drawMinute(known);
  });
}

// The states that are new enough to be shown as present; the others are left out.
function freshStates() {
  const shown = {};
  if (!known.connected) return shown;
  for (const [topic, { state, at }] of Object.entries(known.now)) {
    if (performance.now() - at <= 1000 * known.setup.no_data_after[topic]) shown[topic] = state;
  }
  return shown;
}

function showSilence(shown) {
  for (const section of document.querySelectorAll("main section[data-source]")) {
    const topic = section.dataset.source;
    const silent = !(topic in shown);
    section.classList.toggle("silent", silent);
    const line = section.querySelector(".since");
    line.hidden = !silent;
    if (silent) line.textContent = ageText(known, topic);
  }
  const link = byId("link");
  link.dataset.state = known.connected ? "on" : "off";
  link.textContent = known.connected ? "connected" : "not connected";
}

function watch() {
  const silent = performance.now() - lastHeard > SILENT_LINK_MS;
  if (silent && socket.readyState === WebSocket.OPEN) socket.close();
  draw();
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  byId("theme").textContent = name;
  try { localStorage.setItem("theme", name); } catch { /* the page works without */ }
  forgetColours();
  draw();
}

function prepareButtons() {
  let kept = "auto";
  try { kept = localStorage.getItem("theme") ?? "auto"; } catch { /* likewise */ }
  setTheme(THEMES.includes(kept) ? kept : "auto");
  byId("theme").onclick = () => {
    const at = THEMES.indexOf(document.documentElement.dataset.theme);
    setTheme(THEMES[(at + 1) % THEMES.length]);
  };
  for (const tab of document.querySelectorAll("#tabs button")) {
    tab.onclick = () => {
      document.body.dataset.tab = tab.dataset.shows;
      for (const other of document.querySelectorAll("#tabs button")) {
        other.setAttribute("aria-selected", String(other === tab));
      }
      draw();
    };
  }
  matchMedia("(prefers-color-scheme: dark)").onchange = () => { forgetColours(); draw(); };
  addEventListener("resize", draw);
}

prepareButtons();
connect();
setInterval(watch, IDLE_MS);
