// A scored paragraph: its text, who speaks in it, the frames found, all scores.

import { gauge, holderWords, judgementCard } from "./card.js";
import { clone, make } from "./elements.js";
import { colour, fillFrame, pattern, placeOf, replaceRows } from "./frames.js";
import { corrections, judgedLabels, labelsOf, sameLabels } from "./labels.js";
import { fillText } from "./marks.js";
import { scored, state } from "./state.js";
import { counted, languageName, stanceWords, twoDigits } from "./words.js";

const ELEMENTS = { quotation: "blockquote" };

export function drawNewParagraph(paragraph) {
  const element = clone("paragraph-template");
  paragraph.element = element;
  const name = `Paragraph ${paragraph.number}`;
  element.dataset.kind = paragraph.kind;
  element.setAttribute("aria-label", name);
  const text = make(ELEMENTS[paragraph.kind] ?? "p", "text");
  text.dir = "auto";
  element.querySelector(".text").replaceWith(text);
  drawSpeakers(paragraph);
  const more = element.querySelector(".more");
  more.setAttribute("aria-label", `All scores of paragraph ${paragraph.number}`);
  more.onclick = () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    drawAllScores(paragraph, open);
  };
  element.querySelector(".correct").setAttribute("aria-label", `Correct ${name.toLowerCase()}`);
  return element;
}

export function drawParagraph(paragraph) {
  const { element, result, error } = paragraph;
  const text = element.querySelector(".text");
  fillText(text, paragraph);
  text.lang = result?.language ?? "";
  element.classList.toggle("read", Boolean(result));
  const notes = notesOn(paragraph).map((note) => make("p", "note", note));
  element.querySelector(".notes").replaceChildren(...notes);
  drawLanes(paragraph);
  if (error) return;
  const saved = corrections.get(paragraph.text);
  drawBadge(element.querySelector(".badge"), saved, judgedLabels(result));
  replaceRows(element.querySelector(".tags"), tagsOf(paragraph, saved));
  for (const name of [".more", ".correct"]) element.querySelector(name).hidden = false;
  const more = element.querySelector(".more");
  more.textContent = saved ? "What the model said" : "All scores";
  drawAllScores(paragraph, more.getAttribute("aria-expanded") === "true");
}

function drawSpeakers({ element, speaker, quotations }) {
  const line = element.querySelector(".speakers");
  const named = [...new Set(quotations.map((one) => one.speaker).filter(Boolean))];
  line.hidden = !speaker && !quotations.length;
  if (speaker) {
    const others = named.filter((name) => name !== speaker);
    const also = others.length ? `, with ${others.join(", ")}` : "";
    line.replaceChildren(make("b", "", speaker), ` speaks${also}`);
  } else line.textContent = `Quotes ${named.join(", ") || "a speaker who is not named"}`;
}

function drawBadge(badge, saved, judged) {
  badge.hidden = !saved;
  if (!saved) return;
  badge.textContent = sameLabels(saved, judged) ? "✓ Confirmed, saved" : "✓ Corrected, saved";
}

function notesOn({ result, error }) {
  if (error) return [`Not scored: ${error.message}`];
  const notes = [];
  const known = scored().some((one) => one.result.language_supported); // else the head says it once
  if (!result.language_supported && known) {
    notes.push(`In ${languageName(result.language)}, which the model is not known to read well.`);
  }
  if (result.truncated) {
    const read = `only the first ${counted(result.tokens, "token")}`;
    notes.push(`Too long to read whole: the model saw ${read}.`);
  }
  return notes;
}

/** One stripe per frame, each in its own lane, so that a frame can be followed down the page. */
export function drawLanes({ text, result, element }) {
  const labels = result ? labelsOf({ text, result }) : new Map();
  const judged = result && !corrections.has(text) ? result.frames : [];
  const unsure = judged.filter((frame) => frame.uncertain).map((frame) => frame.label);
  const lanes = state.codebook.frames.map(({ name }) => {
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

function tagsOf(paragraph, saved) {
  const { frames } = paragraph.result;
  const shown = frames.filter((frame) => frame.present || frame.uncertain);
  const tags = saved
    ? [...saved].map(([frame, stance]) => tag(frame, stance, "set by you"))
    : shown.map((frame) => judgedTag(paragraph, frame));
  const none = saved ? !saved.size : !frames.some((frame) => frame.present);
  if (none) tags.unshift(make("li", "none", saved ? "No frame, as you said" : "No frame found"));
  return tags;
}

function judgedTag(paragraph, frame) {
  const stance = frame.present ? (frame.stance?.label ?? null) : undefined;
  const mark = frame.uncertain ? "? uncertain" : "";
  const card = () => judgementCard(paragraph, frame);
  const element = tag(frame.label, stance, mark, card);
  element.classList.toggle("absent", !frame.present);
  element.classList.toggle("unsure", frame.uncertain);
  element.querySelector(".score").textContent = twoDigits(frame.score);
  const { holder } = frame;
  const speaks = frame.present && holder?.kind === "speaker" ? (holder.name ?? "quoted") : "";
  element.querySelector(".holder").textContent = speaks;
  return element;
}

function tag(frame, stance, mark, card = undefined) {
  const element = clone("tag-template");
  fillFrame(element, frame, card);
  element.dataset.place = placeOf(frame);
  const swatch = element.querySelector(".swatch");
  if (stance === undefined) swatch.classList.add("empty");
  else pattern(swatch, stance);
  element.querySelector(".stance").textContent = stanceWords(stance);
  element.querySelector(".mark").textContent = mark;
  return element;
}

function drawAllScores({ element, result }, open) {
  const box = element.querySelector(".evidence");
  box.hidden = !open;
  const rows = open ? result.frames.map(judgementRow) : [];
  replaceRows(box.querySelector(".judgements"), rows);
}

function judgementRow(frame) {
  const row = clone("judgement-template");
  const stance = frame.present ? (frame.stance?.label ?? null) : undefined;
  fillFrame(row, frame.label);
  row.classList.toggle("absent", !frame.present);
  row.querySelector(".stance").textContent = stanceWords(stance);
  row.querySelector(".score").textContent = twoDigits(frame.score);
  row.querySelector(".threshold").textContent = `of ${twoDigits(frame.threshold)} needed`;
  row.querySelector(".meter").append(gauge(frame));
  row.querySelector(".mark").textContent = frame.uncertain ? "? uncertain" : "";
  const words = frame.present ? [`Said by ${holderWords(frame.holder)}`] : [];
  if (frame.stance) {
    const shares = Object.entries(frame.stance.scores);
    words.push(...shares.map(([name, score]) => `${stanceWords(name)} ${twoDigits(score)}`));
    if (!frame.present) words.unshift("If present:");
  }
  row.querySelector(".stance-scores").append(...words.map((word) => make("span", "", word)));
  return row;
}
