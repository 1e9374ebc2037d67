// The paragraphs of the article, each with its judgements.

import { clone, make } from "./elements.js";
import { colour, fillFrame, pattern } from "./frames.js";
import { corrections, judgedLabels, labelsOf, sameLabels } from "./labels.js";
import { state } from "./state.js";
import { counted, languageName, stanceWords, twoDigits } from "./words.js";

export function drawNewParagraph(paragraph) {
  const element = clone("paragraph-template");
  paragraph.element = element;
  element.querySelector("h3").textContent = `Paragraph ${Number(paragraph.id) + 1}`;
  element.querySelector(".text").textContent = paragraph.text;
  element.querySelector(".language").textContent = "not read yet";
  const label = `Correct paragraph ${Number(paragraph.id) + 1}`;
  element.querySelector(".correct").setAttribute("aria-label", label);
  element.querySelector(".evidence").ontoggle = () => drawEvidence(paragraph);
  drawLanes(paragraph);
  return element;
}

export function drawParagraph(paragraph) {
  const { element, result, error } = paragraph;
  element.classList.toggle("read", Boolean(result));
  const notes = notesOn(paragraph).map((note) => make("p", "note", note));
  element.querySelector(".notes").replaceChildren(...notes);
  const language = element.querySelector(".language");
  language.textContent = error ? "could not be read" : languageName(result.language);
  if (error) return;
  element.querySelector(".text").lang = result.language ?? "";
  element.querySelector(".correct").hidden = false;
  const saved = corrections.get(paragraph.text);
  drawBadge(element.querySelector(".badge"), saved, judgedLabels(result));
  drawLanes(paragraph);
  drawJudgements(paragraph, saved);
  const evidence = element.querySelector(".evidence");
  evidence.hidden = false;
  evidence.querySelector("summary").textContent = saved ? "What the model said" : "All scores";
  drawEvidence(paragraph);
}

function drawBadge(badge, saved, judged) {
  badge.hidden = !saved;
  if (!saved) return;
  badge.textContent = sameLabels(saved, judged) ? "✓ Confirmed, saved" : "✓ Corrected, saved";
}

function notesOn({ result, error }) {
  if (error) return [`Not scored: ${error.message}`];
  const notes = [];
  if (!result.language_supported) {
    const language = languageName(result.language);
    notes.push(`The model is not known to read ${language} well. Check these labels yourself.`);
  }
  if (result.truncated) {
    const read = `only the first ${counted(result.tokens, "token")}`;
    notes.push(`Too long to read whole: the model saw ${read}. Split it with a blank line.`);
  }
  return notes;
}

/** One stripe per frame, each in its own lane, so that a frame can be followed down the page. */
function drawLanes({ text, result, element }) {
  const labels = result ? labelsOf({ text, result }) : new Map();
  const judged = result && !corrections.has(text) ? result.frames : [];
  const unsure = judged.filter((frame) => frame.uncertain).map((frame) => frame.label);
  const lanes = (state.codebook?.frames ?? []).map(({ name }) => {
    const lane = make("span", "lane");
    if (!labels.has(name)) return lane;
    lane.classList.add("on");
    lane.classList.toggle("unsure", unsure.includes(name));
    colour(lane, name);
    pattern(lane, labels.get(name));
    return lane;
  });
  element.querySelector(".lanes").replaceChildren(...lanes);
}

function drawJudgements({ element, result }, saved) {
  const shown = result.frames.filter((frame) => frame.present || frame.uncertain);
  const rows = saved
    ? [...saved].map(([frame, stance]) => labelRow(frame, stance))
    : shown.map((frame) => judgementRow(frame));
  const none = saved ? !saved.size : !result.frames.some((frame) => frame.present);
  if (none) rows.unshift(make("li", "none", saved ? "No frame, as you said." : "No frame found."));
  element.querySelector(".body > .judgements").replaceChildren(...rows);
}

function drawEvidence({ element, result }) {
  const evidence = element.querySelector(".evidence");
  const rows = evidence.open ? result.frames.map((frame) => judgementRow(frame, true)) : [];
  evidence.querySelector(".judgements").replaceChildren(...rows);
}

function labelRow(frame, stance) {
  const row = clone("judgement-template");
  fillFrame(row, frame);
  row.querySelector(".stance").textContent = stanceWords(stance);
  row.querySelector(".sure").replaceChildren();
  row.querySelector(".mark").textContent = "set by you";
  return row;
}

function judgementRow(frame, full = false) {
  const row = clone("judgement-template");
  const stance = frame.present ? (frame.stance?.label ?? null) : undefined;
  fillFrame(row, frame.label);
  row.classList.toggle("absent", !frame.present);
  row.querySelector(".stance").textContent = stanceWords(stance);
  row.querySelector(".score").textContent = twoDigits(frame.score);
  row.querySelector(".threshold").textContent = `of ${twoDigits(frame.threshold)} needed`;
  const meter = row.querySelector(".meter");
  meter.style.setProperty("--score", frame.score);
  meter.style.setProperty("--threshold", frame.threshold);
  row.querySelector(".mark").textContent = frame.uncertain ? "? uncertain" : "";
  if (full && frame.stance) {
    const scores = Object.entries(frame.stance.scores);
    const words = scores.map(([name, score]) => `${stanceWords(name)} ${twoDigits(score)}`);
    if (!frame.present) words.unshift("If present:");
    row.querySelector(".stance-scores").append(...words.map((word) => make("span", "", word)));
  }
  return row;
}
