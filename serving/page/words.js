// Labels, figures and faults in words.

import { state } from "./state.js";

const BLANK_LINES = /\n[^\S\n]*(?:\n[^\S\n]*)+/;

// A sign is given by what a stance is called: one given by its place could say the opposite.
const SIGNS = [
  ["+", ["favor", "favour", "for", "pro", "support", "supports", "agree", "positive"]],
  ["−", ["against", "con", "oppose", "opposes", "disagree", "negative"]],
  ["=", ["neutral", "none", "mixed", "balanced"]],
];
const OTHER_SIGNS = ["◆", "▲", "●", "■"];

const languageNames = new Intl.DisplayNames("en", { type: "language" });

export const twoDigits = (value) => value?.toFixed(2) ?? "–";
export const stanceNames = () => state.codebook.stances.map((stance) => stance.name);

export function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

export function signOf(stance) {
  const known = SIGNS.find(([, words]) => words.includes(stance.toLowerCase()));
  return known ? known[0] : OTHER_SIGNS[stanceNames().indexOf(stance) % OTHER_SIGNS.length];
}

/** A label in words: undefined is absent; null is present, in a codebook without stances. */
export function stanceWords(stance) {
  if (stance === undefined) return "absent";
  return stance === null ? "present" : `${signOf(stance)} ${stance}`;
}

export function languageName(code) {
  try {
    return languageNames.of(code) ?? code;
  } catch {
    return code || "unknown language";
  }
}

export function figureWords(figure) {
  const { value = null, low = null, high = null } = figure ?? {};
  if (value === null) return "not measured";
  const interval = low === null ? "" : ` (95% interval ${twoDigits(low)} to ${twoDigits(high)})`;
  return twoDigits(value) + interval;
}

export function problemWords(error) {
  const lines = [error.message, ...(error.problems ?? [])];
  if (error.type === "no_model") lines.unshift("There is no model to read with at the moment.");
  return lines.join("\n");
}

/** What blank lines separate in a text; no block is empty. */
export function blocks(text) {
  return text.split(BLANK_LINES).map((block) => block.trim()).filter(Boolean);
}
