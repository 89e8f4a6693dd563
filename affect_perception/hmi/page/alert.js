// The alert level in large: colour, sign, word, and why, in plain words.

import { ageText, byId, explained, fixed, isKnown, setText } from "/helpers.js";

const YES = 2, NO = 1;
const NONE = 1;

// A sign of its own for each level, so that colour is not all there is.
const SIGNS = [
  '<circle cx="32" cy="32" r="26" stroke-dasharray="7 6"/><path d="M24 26a8 8 0 1 1 11 7q-3 2-3 6M32 47v1"/>',
  '<circle cx="32" cy="32" r="26"/><path d="M20 33l9 9 16-19"/>',
  '<rect x="8" y="8" width="48" height="48" rx="10"/><path d="M32 30v16M32 18v2"/>',
  '<path d="M32 7L59 55H5Z"/><path d="M32 24v15M32 46v2"/>',
  '<path d="M22 5h20l17 17v20L42 59H22L5 42V22Z"/><path d="M32 17v18M32 44v3"/>',
];

export function drawAlert(known, shown) {
  const said = known.setup ? sentence(known, shown) : waiting(known);
  const band = byId("alert");
  if (band.dataset.level !== String(said.level) || !byId("sign").firstChild) {
    band.dataset.level = said.level;
    byId("sign").innerHTML =
      `<svg viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="5" stroke-linecap="round" stroke-linejoin="round">${SIGNS[said.level]}</svg>`;
  }
  setText(byId("level"), said.word);
  setText(byId("headline"), said.headline);
  setText(byId("why"), said.why);
}

function waiting(known) {
  const seconds = Math.floor((performance.now() - known.lostAt) / 1000);
  const why = seconds > 0 ? `for ${seconds} s; trying again` : "";
  return { level: 0, word: "Nothing known", headline: "Not connected", why };
}

function sentence(known, shown) {
  if (!known.connected) return waiting(known);
  const words = known.setup.words;
  const state = shown.attention;
  if (!state) {
    const text = ageText(known, "attention");
    const headline = known.now.attention ? text[0].toUpperCase() + text.slice(1) : "No data yet";
    const why = known.now.attention ? "the last state is not shown: it is old" : text;
    return { level: 0, word: words.levels[0], headline, why };
  }
  const level = state.alert_level;
  // The headlines are in the order of their urgency.
  const first = Object.keys(words.headlines).find((reason) => state.alert_reasons.includes(reason));
  const headline = level > NONE && first ? words.headlines[first] : gazeHeadline(state);
  return { level, word: words.levels[level], headline, why: reasons(state, words, level) };
}

function gazeHeadline(state) {
  if (state.eyes_on_road === YES) return "Eyes on the road";
  if (state.eyes_on_road === NO) return `Eyes off the road ${fixed(state.off_road_duration, 1)} s`;
  if (state.availability < 2) return "Driver not seen";
  return "Gaze not known";
}

function reasons(state, words, level) {
  const said = level > NONE ? explained(state.alert_reasons, words.alerts) : [];
  if (level > NONE && state.eyes_on_road === NO && state.off_road_duration > 0.5) {
    said.push(`Off the road for ${fixed(state.off_road_duration, 1)} s.`);
  }
  if (isKnown(state.time_to_next_level) && state.time_to_next_level < 10) {
    said.push(`Next level in ${fixed(state.time_to_next_level, 1)} s.`);
  }
  if (state.lockout && !state.alert_reasons.includes("lockout")) said.push(words.alerts.lockout);
  if (said.length < 2) said.push(...explained(state.degradation_reasons, words.attention).slice(0, 2));
  return said.slice(0, 3).join(" ");
}
