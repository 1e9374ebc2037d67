// The document's profile: how many paragraphs carry each frame, and who says it.

import { byId, clone, make } from "./elements.js";
import { fillFrame, pattern, replaceRows } from "./frames.js";
import { corrections, holderOf, labelsOf } from "./labels.js";
import { scored, state } from "./state.js";
import { counted, signOf, stanceNames, stanceWords } from "./words.js";

/** How many paragraphs carry each frame, by stance: [{frame, count, parts: [[stance, count]]}]. */
export function profileOf(paragraphs, carries = () => true) {
  const stances = state.codebook.stances.length ? stanceNames() : [null];
  return state.codebook.frames.map(({ name }) => {
    const found = paragraphs
      .filter((paragraph) => labelsOf(paragraph).has(name) && carries(paragraph, name))
      .map((paragraph) => labelsOf(paragraph).get(name));
    const parts = stances.map((stance) => [stance, found.filter((one) => one === stance).length]);
    return { frame: name, count: found.length, parts: parts.filter(([, count]) => count) };
  });
}

/** The same for each who speaks: [{name, paragraphs, frames}]; name null: the author, "": unnamed. */
export function speakersOf(paragraphs) {
  return state.answer.totals.speakers.map(({ kind, name: given, paragraphs: spoken }) => {
    const name = kind === "author" ? null : (given ?? "");
    const holds = (paragraph, frame) => holderOf(paragraph, frame) === name;
    const frames = profileOf(paragraphs, holds).filter(({ count }) => count);
    return { name, paragraphs: spoken, frames };
  }).filter((row) => row.paragraphs || row.frames.length);
}

export function drawProfile() {
  const paragraphs = scored();
  const total = paragraphs.length;
  byId("profile-heading").textContent = total ? "Document profile" : "Frames it looks for";
  byId("profile-help").hidden = !total;
  const changed = paragraphs.filter(({ text }) => corrections.has(text)).length;
  const tail = changed ? `, ${changed} with labels set by you` : "";
  const help = `Paragraphs that carry each frame, of ${total.toLocaleString("en")} read${tail}. ` +
    "Choose frames to see their paragraphs alone.";
  byId("profile-help").textContent = help;
  const rows = total ? profileOf(paragraphs).map((row) => profileRow(row, total))
    : state.codebook.frames.map(claimRow);
  replaceRows(byId("profile"), rows);
  drawLegend(total);
  drawSpeakers(paragraphs);
  drawFilter();
}

function claimRow({ name, claim, definition }) {
  const row = clone("profile-template");
  fillFrame(row, name);
  row.querySelector(".detail").textContent = claim || definition;
  row.querySelector(".bar").remove();
  return row;
}

function profileRow({ frame, count, parts }, total) {
  const row = clone("profile-template");
  fillFrame(row, frame);
  const button = row.querySelector(".frame");
  button.classList.add("filter");
  button.onclick = () => toggle(frame);
  row.querySelector(".count").textContent = String(count);
  row.querySelector(".bar").append(...parts.map(([stance, number]) => part(stance, number / total)));
  const details = parts.filter(([stance]) => stance !== null)
    .map(([stance, number]) => make("span", "", `${signOf(stance)} ${number} ${stance}`));
  row.querySelector(".detail").append(...details);
  return row;
}

function part(stance, share) {
  const element = make("span", "part");
  element.style.setProperty("--share", share);
  pattern(element, stance);
  return element;
}

function drawLegend(total) {
  const legend = byId("legend");
  legend.hidden = !total || !state.codebook.stances.length;
  legend.replaceChildren(...stanceNames().map((stance) => {
    const item = make("span", "key");
    const sample = make("span", "part");
    pattern(sample, stance);
    item.append(sample, make("span", "", stanceWords(stance)));
    return item;
  }));
}

let opened = null; // the paragraphs for which the list of speakers was opened, or not, for lack of room

function drawSpeakers(paragraphs) {
  const rows = paragraphs.length ? speakersOf(paragraphs) : [];
  byId("speakers").hidden = !rows.some(({ name }) => name !== null);
  if (state.paragraphs !== opened) byId("speakers").open = !matchMedia("(max-width: 40rem)").matches;
  opened = state.paragraphs;
  replaceRows(byId("speakers-list"), rows.map(speakerRow));
}

const voiceWords = (name) => (name === null ? "The author" : name || "Unnamed speakers");

function speakerRow({ name, paragraphs, frames }) {
  const row = make("li");
  const head = make("p", "voice");
  head.append(make("b", "", voiceWords(name)), make("span", "", counted(paragraphs, "paragraph")));
  const list = make("ul");
  list.append(...frames.map(({ frame, parts }) => {
    const item = clone("voice-template");
    fillFrame(item, frame);
    const words = parts.map(([stance, count]) => (stance === null ? count : `${signOf(stance)}${count}`));
    item.querySelector(".count").textContent = words.join(" ");
    return item;
  }));
  if (!frames.length) list.append(make("li", "none", "no frame"));
  row.append(head, list);
  return row;
}

function toggle(frame) {
  if (!state.shown.delete(frame)) state.shown.add(frame);
  drawFilter();
}

/** Show the paragraphs alone that carry a chosen frame; without a choice, all. */
export function drawFilter() {
  const { shown } = state;
  for (const button of byId("profile").querySelectorAll(".filter")) {
    button.setAttribute("aria-pressed", String(shown.has(button.dataset.frame)));
  }
  let left = 0;
  for (const paragraph of scored()) {
    const carries = [...labelsOf(paragraph).keys()].some((frame) => shown.has(frame));
    const out = shown.size > 0 && !carries;
    paragraph.element.classList.toggle("out", out);
    if (!out) left += 1;
  }
  byId("paragraphs").classList.toggle("filtered", shown.size > 0);
  byId("filter").hidden = !shown.size;
  const names = [...shown].join(", ");
  const words = `${left} of ${counted(scored().length, "paragraph")}, with ${names}.`;
  byId("filter-words").textContent = shown.size ? words : "";
}

export function listenToFilter() {
  byId("filter-all").addEventListener("click", () => {
    state.shown.clear();
    drawFilter();
    byId("results-heading").focus({ preventScroll: true });
  });
}
