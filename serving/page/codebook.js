// The codebook, at the foot of the page.

import { byId, make } from "./elements.js";
import { colour } from "./frames.js";
import { state } from "./state.js";
import { blocks, stanceWords } from "./words.js";

export function drawCodebook() {
  const { name, version, frames, stances, guidelines } = state.codebook;
  byId("codebook-name").textContent = `${name}, version ${version}`;
  byId("codebook-frames").replaceChildren(...frames.map(codebookEntry));
  const stanceLines = stances.map((stance) => {
    const line = make("p", "stance-entry");
    line.append(make("b", "", stanceWords(stance.name)), make("span", "", stance.definition));
    return line;
  });
  byId("codebook-stances").replaceChildren(...stanceLines);
  const lines = blocks(guidelines ?? "").map((block) => make("p", "guideline", block));
  byId("codebook-guidelines").replaceChildren(...lines);
}

export function codebookEntry(frame) {
  const entry = make("section", "entry");
  const heading = make("h3");
  const swatch = make("span", "swatch");
  swatch.setAttribute("aria-hidden", "true");
  heading.append(swatch, make("span", "", frame.name));
  entry.append(heading);
  colour(entry, frame.name);
  if (frame.claim) entry.append(make("p", "claim", frame.claim));
  if (frame.definition) entry.append(make("p", "", frame.definition));
  for (const [title, items] of [["Inside", frame.inside], ["Outside", frame.outside]]) {
    if (!items?.length) continue;
    const list = make("ul");
    list.append(...items.map((item) => make("li", "", item)));
    entry.append(make("h4", "", title), list);
  }
  return entry;
}
