// What each sensor brings, and why it brings less.

import { ageText, byId, explained, isKnown, percent } from "/helpers.js";

const STATES = ["no data", "not available", "limited", "available"];
const DEGRADED = 2, TALKING = 2;
const ROWS = [
  { name: "Camera", topic: "attention", words: "attention", modality: 1 },
  { name: "Microphone", topic: "voice", words: "voice", modality: 2 },
  { name: "Body", topic: "physio", words: "physio", modality: 3 },
  { name: "All together", topic: "affect", words: "fusion", modality: 0 },
];

let drawn = "";

export function drawSenses(known, shown) {
  const rows = ROWS.map((row) => ({ name: row.name, ...senseOf(row, known, shown) }));
  const text = JSON.stringify(rows);
  if (text === drawn) return;
  drawn = text;
  byId("sense-list").replaceChildren(...rows.map(listItem));
}

function listItem({ name, state, word, why }) {
  const item = document.createElement("li");
  item.dataset.state = state;
  const [title, says, reason] = ["b", "em", "span"].map((kind) => document.createElement(kind));
  [title.textContent, says.textContent, reason.textContent] = [name, word, why];
  item.append(title, says, reason);
  return item;
}

function senseOf(row, known, shown) {
  const own = shown[row.topic];
  const part = shown.affect?.modalities.find((one) => one.modality === row.modality);
  if (!own) {
    const off = part?.reasons.includes("off");
    if (off) return { state: 0, word: "off", why: known.setup.words.modalities.off };
    const why = ageText(known, row.topic).replace(/(\d+)\.\d s/, "$1 s");
    return { state: 0, word: STATES[0], why };
  }
  const words = known.setup.words;
  const said = explained(own.degradation_reasons, words[row.words]);
  if (part && !said.length) said.push(...explained(part.reasons, words.modalities));
  // The fusion may see what the sensor itself does not: late, stuck, another clock.
  const state = part && own.availability > DEGRADED ? Math.min(own.availability, part.availability) : own.availability;
  return { state, word: STATES[state], why: said.length ? said.slice(0, 2).join(" ") : detail(row, own, part) };
}

function detail(row, own, part) {
  if (row.topic === "voice") return own.talking === TALKING ? "Somebody talks." : "Nobody talks.";
  if (row.topic === "physio") {
    const usable = own.channels.filter((channel) => channel.availability >= DEGRADED).length;
    return `${usable} of ${own.channels.length} signals usable.`;
  }
  if (row.topic === "affect") return isKnown(own.incongruence) ? `Disagreement ${percent(own.incongruence)}.` : "";
  return part ? `${part.rate === null ? "–" : part.rate.toFixed(0)} pictures a second.` : "";
}
