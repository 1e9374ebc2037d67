// The labels of a paragraph: a map of frame to stance, with null where there are no stances.

import { state } from "./state.js";

/** Text to labels, as saved since the page was opened. */
export const corrections = new Map();

/** Frame to stance, in the codebook's order: what was saved, or else the model's judgement. */
export function labelsOf({ text, result }) {
  if (corrections.has(text)) return corrections.get(text);
  return result && judgedLabels(result);
}

export function judgedLabels(result) {
  const judged = new Map(result.frames.map((frame) => [frame.label, frame]));
  const present = state.codebook.frames.filter(({ name }) => judged.get(name)?.present);
  return new Map(present.map(({ name }) => [name, judged.get(name).stance?.label ?? null]));
}

export function sameLabels(one, other) {
  const same = ([frame, stance]) => other.get(frame) === stance;
  return one.size === other.size && [...one].every(same);
}

/** Whose stance a label is: the name of who is quoted, "" where unnamed; null: the author. */
export function holderOf({ speaker, result }, frame) {
  const judged = result.frames.find(({ label, present }) => label === frame && present);
  if (!judged?.holder) return speaker;
  return judged.holder.kind === "speaker" ? (judged.holder.name ?? "") : null;
}
