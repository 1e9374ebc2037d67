// The document in place: its head, its paragraphs by kind, what was left out.

import { listenToEditor } from "./correct.js";
import { byId, make } from "./elements.js";
import { drawNewParagraph, drawParagraph } from "./paragraphs.js";
import { pointsOf, useEvidenceRules } from "./marks.js";
import { drawProfile } from "./profile.js";
import { scored, state } from "./state.js";
import { counted, languageName } from "./words.js";

const FORMATS = { html: "web page", markdown: "Markdown", text: "plain text", pdf: "PDF", docx: "Word" };
const PLAIN = { caption: "figcaption" };

/** Show the service's answer on a document. */
export function showDocument(answer) {
  state.answer = answer;
  state.shown.clear();
  state.paragraphs = paragraphsOf(answer);
  useEvidenceRules();
  drawHead();
  byId("paragraphs").style.setProperty("--frames", state.codebook.frames.length);
  byId("paragraphs").replaceChildren(...elementsOf(state.paragraphs));
  for (const paragraph of state.paragraphs.filter(isScored)) {
    drawParagraph(paragraph);
    listenToEditor(paragraph);
  }
  drawProfile();
}

/** Take the evidence of a second answer on the same document into what is shown. */
export function addEvidence(answer) {
  state.answer = answer;
  const fresh = paragraphsOf(answer);
  for (const [place, paragraph] of state.paragraphs.entries()) {
    if (!paragraph.result) continue;
    paragraph.result = fresh[place].result;
    drawParagraph(paragraph);
  }
}

/** Whether two answers are on the same text by the same model. */
export const isSame = (one, other) =>
  one.text === other.text && one.model === other.model && one.member === other.member &&
  one.paragraphs.length === other.paragraphs.length;

const isScored = ({ result, error }) => Boolean(result || error);

function paragraphsOf({ text, paragraphs }) {
  const points = pointsOf(text);
  let number = 0;
  return paragraphs.map((paragraph, place) => {
    const failed = paragraph.result?.error ?? null;
    if (paragraph.result) number += 1;
    return {
      ...paragraph,
      id: String(place),
      number,
      text: points.slice(paragraph.start, paragraph.end).join(""),
      speaker: paragraph.speaker ?? null,
      quotations: paragraph.quotations ?? [],
      result: failed ? null : paragraph.result,
      error: failed,
      element: null,
    };
  });
}

function drawHead() {
  const { document: about, model, member, codebook } = state.answer;
  const heading = byId("results-heading");
  heading.textContent = about.title ?? "Text without a title";
  heading.dir = "auto";
  heading.lang = about.language ?? "";
  const code = about.language ?? mostOf(scored().map(({ result }) => result.language));
  const language = code ? languageName(code) : null;
  const facts = [about.author, about.date && dateWords(about.date), language, FORMATS[about.format]];
  const line = facts.filter(Boolean).map((fact) => make("span", "", fact));
  byId("byline").replaceChildren(...line);
  const who = member === "baseline" ? "the linear baseline" : "the champion";
  const words = `Read by ${who} ${model}, codebook ${codebook.name}, version ${codebook.version}.`;
  byId("read-by").textContent = words;
  const notices = noticesOn(member).map((words) => make("p", "notice", words));
  byId("document-notices").replaceChildren(...notices);
}

function mostOf(values) {
  const count = (value) => values.filter((one) => one === value).length;
  return [...new Set(values)].sort((one, other) => count(other) - count(one))[0] ?? null;
}

function dateWords(date) {
  const day = new Date(date); // midnight in UTC: elsewhere it may still be the day before
  const words = { dateStyle: "long", timeZone: "UTC" };
  return Number.isNaN(day.getTime()) ? date : day.toLocaleDateString("en-GB", words);
}

function noticesOn(member) {
  const results = scored().map(({ result }) => result);
  const lengthOf = (part) => part.reduce((sum, { text }) => sum + text.length, 0);
  const doubtful = scored().filter(({ result }) => !result.language_supported);
  // One short paragraph, whose language is a guess, says nothing of the document.
  const most = lengthOf(doubtful) >= lengthOf(scored()) / 2;
  const strange = most ? doubtful.map(({ result }) => result) : [];
  const notices = [];
  if (member === "baseline") {
    notices.push("The linear baseline answers: no fine-tuned model has passed the gate yet. " +
      "It misses more than a fine-tuned one.");
  }
  if (strange.length) {
    const names = [...new Set(strange.map(({ language }) => languageName(language)))].join(", ");
    const which = strange.length === results.length
      ? "" : ` (${strange.length} of ${counted(results.length, "paragraph")})`;
    notices.push(`The model is not known to read ${names} well${which}. Check its labels yourself.`);
  }
  const long = results.filter(({ truncated }) => truncated).length;
  if (long) {
    notices.push(`${counted(long, "paragraph")} too long to read whole: the model saw only the ` +
      "beginning. Split them with blank lines to have all of it read.");
  }
  const failed = state.paragraphs.filter(({ error }) => error).length;
  if (failed) notices.push(`${counted(failed, "paragraph")} could not be scored; each says why.`);
  if (!results.length && !failed) {
    notices.push("No paragraph of this document could be scored: it holds headings and " +
      "furniture alone. Paste its text as plain text instead.");
  }
  return notices;
}

function elementsOf(paragraphs) {
  const elements = [];
  let folded = [];
  const title = state.answer.document.title;
  const flush = () => {
    if (folded.length) elements.push(foldedElement(folded));
    folded = [];
  };
  for (const paragraph of paragraphs) {
    if (paragraph.kind === "title" && paragraph.text === title) continue; // it heads the article
    if (paragraph.kind === "boilerplate") folded.push(paragraph);
    else {
      flush();
      elements.push(isScored(paragraph) ? drawNewParagraph(paragraph) : plainElement(paragraph));
    }
  }
  flush();
  return elements;
}

function plainElement({ kind, text }) {
  const heads = kind === "heading" || kind === "title";
  const element = make(heads ? "h3" : "p", PLAIN[kind] ?? kind, text);
  element.dir = "auto";
  return element;
}

function foldedElement(paragraphs) {
  const box = make("details", "boilerplate");
  const words = `${counted(paragraphs.length, "part")} of the page, not of the article`;
  const parts = paragraphs.map(({ text }) => {
    const part = make("p", "", text);
    part.dir = "auto";
    return part;
  });
  box.append(make("summary", "", words), ...parts);
  return box;
}
