// The result as a table and as JSON.

import { corrections, holderOf, labelsOf } from "./labels.js";
import { pointsOf, shownEvidence } from "./marks.js";
import { state } from "./state.js";

const RISKY = /^'*[=+\-@\t\r]/;
const MARK = "\ufeff"; // without it, spreadsheets take UTF-8 for something else

/**
 * The scored paragraphs as CSV, a row each, with the columns of `framescope score`. Cells that a
 * spreadsheet would take for formulas begin with an apostrophe, as labels/formats/cells.py has it.
 */
export function csvText() {
  const rows = state.paragraphs.filter(({ result, error }) => result || error).map(rowOf);
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ""))];
  return MARK + lines.map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

function cell(value) {
  const text = String(value);
  const safe = typeof value === "string" && RISKY.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function rowOf(paragraph) {
  const { document: about, model, member, codebook } = state.answer;
  const { number, kind, start, end, speaker, text, result, error } = paragraph;
  const head = {
    document: about.title, author: about.author, date: about.date, paragraph: number, kind, start,
    end, speaker, text, model, member, codebook: `${codebook.name}/${codebook.version}`,
    language: result?.language, language_supported: result?.language_supported,
    truncated: result?.truncated, tokens: result?.tokens,
  };
  const frames = state.codebook.frames.map(({ name }) => frameCells(paragraph, name));
  const set = corrections.has(text) ? JSON.stringify(framesOf(paragraph)) : "";
  return Object.assign(head, ...frames, { set_by_you: set, error: error?.message });
}

function frameCells(paragraph, name) {
  const frame = paragraph.result?.frames.find(({ label }) => label === name);
  const [top] = (frame && shownEvidence(frame)?.sentences) ?? [];
  const points = top ? pointsOf(paragraph.text) : [];
  const place = ({ start, end }) => [start - paragraph.start, end - paragraph.start];
  const holder = frame?.present ? (holderOf(paragraph, name) ?? "author") : "";
  const cells = {
    [name]: frame?.score, [`${name}:present`]: frame?.present, [`${name}:uncertain`]: frame?.uncertain,
  };
  if (state.codebook.stances.length) cells[`${name}:stance`] = frame?.stance?.label;
  cells[`${name}:holder`] = frame?.present ? holder || "unnamed" : "";
  cells[`${name}:evidence`] = top ? points.slice(...place(top)).join("") : "";
  return cells;
}

function framesOf(paragraph) {
  const labels = labelsOf(paragraph);
  return state.codebook.stances.length ? Object.fromEntries(labels) : [...labels.keys()];
}

/** The service's answer as it came, with the labels that were set by hand as `corrections`. */
export function jsonText() {
  const set = state.paragraphs.filter(({ text, result }) => result && corrections.has(text));
  const changed = set.map((paragraph) => {
    const { start, end } = paragraph;
    return { start, end, frames: framesOf(paragraph) };
  });
  return JSON.stringify({ ...state.answer, corrections: changed }, null, 1);
}
