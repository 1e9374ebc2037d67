// What is said of one judgement: stance, score, threshold, band, whose it is, what carried it.

import { make } from "./elements.js";
import { pointsOf, shownEvidence } from "./marks.js";
import { modelKey, state } from "./state.js";
import { stanceWords, twoDigits } from "./words.js";

/** The card of a frame's judgement in a paragraph, as a list of elements. */
export function judgementCard(paragraph, frame) {
  const stance = frame.present ? (frame.stance?.label ?? null) : undefined;
  const title = make("p", "card-title");
  title.append(make("b", "", frame.label), make("span", "", stanceWords(stance)));
  if (frame.uncertain) title.append(make("span", "mark", "? uncertain"));
  const claim = state.codebook.frames.find(({ name }) => name === frame.label)?.claim;
  const parts = [title];
  if (claim) parts.push(make("p", "claim", claim));
  parts.push(gauge(frame), make("p", "", scoreWords(frame)));
  if (frame.stance) parts.push(make("p", "", stanceScores(frame)));
  if (frame.present) parts.push(make("p", "", `Said by ${saidWords(paragraph, frame)}.`));
  return [...parts, ...evidenceParts(paragraph, frame)];
}

/** The score on a scale from 0 to 1, with the band in which the model is often wrong. */
export function gauge(frame) {
  const bar = make("span", "gauge");
  bar.setAttribute("aria-hidden", "true");
  const [low, high] = bandOf(frame) ?? [frame.threshold, frame.threshold];
  const values = { score: frame.score, threshold: frame.threshold, low, high };
  for (const [name, value] of Object.entries(values)) bar.style.setProperty(`--${name}`, value);
  for (const name of ["band", "score-bar", "tick"]) bar.append(make("i", name));
  return bar;
}

/** The band of the model that gave the score, which may be champion no more; or undefined. */
function bandOf({ label }) {
  const frames = state.bands.get(modelKey(state.answer)) ?? [];
  return frames.find((one) => one.label === label)?.band;
}

function scoreWords(frame) {
  const band = bandOf(frame);
  const score = `Score ${twoDigits(frame.score)}, present from ${twoDigits(frame.threshold)}.`;
  const [low, high] = (band ?? []).map(twoDigits);
  if (low === high) return score;
  const reading = frame.uncertain ? "this score lies inside" : "this score lies outside";
  return `${score} Often wrong between ${low} and ${high}; ${reading}.`;
}

function stanceScores({ present, stance }) {
  const shares = Object.entries(stance.scores);
  const words = shares.map(([name, score]) => `${stanceWords(name)} ${twoDigits(score)}`);
  return `${present ? "Stance" : "If present"}: ${words.join(", ")}`;
}

export function holderWords(holder) {
  if (!holder || holder.kind === "author") return "the author";
  return holder.name ? `${holder.name}, quoted` : "a speaker who is quoted without a name";
}

/** Whose stance it is; of the author's also who is quoted in the sentence that carried it. */
function saidWords({ quotations }, frame) {
  const whose = holderWords(frame.holder);
  const [top] = shownEvidence(frame)?.sentences ?? [];
  if (!top || frame.holder?.kind === "speaker") return whose;
  const inside = quotations.filter(({ start, end }) => start < top.end && top.start < end);
  const names = [...new Set(inside.map(({ speaker }) => speaker ?? "a speaker without a name"))];
  return names.length ? `${whose}, in a sentence that quotes ${names.join(", ")}` : whose;
}

function evidenceParts(paragraph, frame) {
  if (!frame.present) return [];
  const found = shownEvidence(frame);
  if (!found) return [make("p", "soft", "The sentence that carried it is not known yet.")];
  const [top] = found.sentences;
  if (!top) return [make("p", "soft", "No sentence carries it alone: the others say it too.")];
  const lead = make("p", "soft", carriedWords(frame, top));
  const points = pointsOf(paragraph.text);
  const quote = make("p", "quote");
  quote.dir = "auto";
  let place = top.start;
  const at = (from, to) => points.slice(from - paragraph.start, to - paragraph.start).join("");
  const inside = found.words.filter(({ start, end }) => start >= top.start && end <= top.end);
  for (const { start, end } of inside.toSorted((one, other) => one.start - other.start)) {
    if (start < place) continue;
    quote.append(at(place, start), make("strong", "", at(start, end)));
    place = end;
  }
  quote.append(at(place, top.end));
  return [lead, quote];
}

function carriedWords({ score }, { contribution }) {
  if (contribution === null) return "The paragraph is one sentence:";
  const rest = twoDigits(Math.max(score - contribution, 0));
  return `Carried by this sentence; without it the score is ${rest}:`;
}
