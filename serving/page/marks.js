// The text of a paragraph in pieces, so that quotations and evidence can be marked in it.

import { make } from "./elements.js";
import { hueOf } from "./frames.js";
import { state } from "./state.js";

const ALSO = 0.5; // a sentence this close to the first in what it carries is marked too
const MOST_WORDS = 6;

/** A text as its code points, by which the service counts. */
export const pointsOf = (text) => Array.from(text);

/** What of a judgement is shown as evidence: {sentences, words}, highest first; null: not looked for. */
export function shownEvidence({ evidence }) {
  if (!evidence) return null;
  // Without a number it is the only sentence, so that nothing would be left without it.
  const carried = evidence.sentences.filter((one) => (one.contribution ?? 1) > 0);
  const sentences = carried.filter((one) => one.contribution >= carried[0].contribution * ALSO);
  const inside = ({ start, end }) => sentences.some((one) => one.start <= start && end <= one.end);
  const words = evidence.words.filter((word) => word.contribution > 0 && inside(word));
  return { sentences, words: words.slice(0, MOST_WORDS) };
}

/** Fill the element with the paragraph's text, quotations and evidence in pieces of their own. */
export function fillText(element, paragraph) {
  const points = pointsOf(paragraph.text);
  const spans = [...quotationSpans(paragraph), ...evidenceSpans(paragraph)];
  if (!spans.length) {
    element.textContent = paragraph.text;
    return;
  }
  const edges = spans.flatMap(({ start, end }) => [start, end]);
  const inside = edges.filter((edge) => edge > 0 && edge < points.length);
  const cuts = [...new Set([0, ...inside, points.length])].sort((one, other) => one - other);
  const pieces = cuts.slice(1).map((end, place) => {
    const start = cuts[place];
    const around = spans.filter((span) => span.start <= start && end <= span.end);
    return piece(points.slice(start, end).join(""), around);
  });
  element.replaceChildren(...pieces);
}

function piece(text, spans) {
  if (!spans.length) return document.createTextNode(text);
  const element = make("span", spans.some(({ kind }) => kind === "said") ? "said" : "", text);
  for (const kind of ["sentence", "word"]) {
    const frames = spans.filter((span) => span.kind === kind).map(({ place }) => place);
    if (frames.length) element.dataset[kind] = [...new Set(frames)].join(" ");
  }
  return element;
}

function quotationSpans({ start: offset, quotations }) {
  return quotations.map(({ start, end }) => ({
    kind: "said", start: start - offset, end: end - offset,
  }));
}

function evidenceSpans({ start: offset, result }) {
  return (result?.frames ?? []).flatMap((frame) => {
    const place = state.codebook.frames.findIndex(({ name }) => name === frame.label);
    const { sentences, words } = shownEvidence(frame) ?? { sentences: [], words: [] };
    const span = (kind) => ({ start, end }) => ({
      kind, place, start: start - offset, end: end - offset,
    });
    return [...sentences.map(span("sentence")), ...words.map(span("word"))];
  });
}

/**
 * Rules that mark a frame's evidence while its tag in the same paragraph is pointed at or has the
 * focus. They need no script, so that the page that is shared has them too.
 */
export function evidenceRules() {
  const rules = state.codebook.frames.map((_, place) => {
    const tag = `.paragraph:has(.tag[data-place="${place}"]:is(:hover, :focus-within, .open))`;
    const hue = hueOf(place);
    return `${tag} [data-sentence~="${place}"] { --mark: ${hue}; } ` +
      `${tag} [data-word~="${place}"] { --word: ${hue}; }`;
  });
  return rules.join("\n");
}

let sheet = null;

export function useEvidenceRules() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(sheet);
  }
  sheet.replaceSync(evidenceRules());
}
