// The codebook: what the frames and stances mean.

import { byId, make } from "./elements.js";
import { colour } from "./frames.js";
import { state } from "./state.js";
import { addView } from "./views.js";
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
  byId("codebook-guidelines").replaceChildren(...guidelineElements(guidelines));
}

/** The guidelines: paragraphs, and lists where lines begin with a dash. */
export function guidelineElements(guidelines) {
  return blocks(guidelines ?? "").flatMap((block) => {
    const [lead, ...items] = ` ${block}`.split(/\s+- /);
    const parts = lead.trim() ? [make("p", "guideline", lead.trim())] : [];
    if (!items.length) return parts;
    const list = make("ul", "guideline");
    list.append(...items.map((item) => make("li", "", item)));
    return [...parts, list];
  });
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
  const sides = make("div", "sides");
  for (const [title, items] of [["Inside", frame.inside], ["Outside", frame.outside]]) {
    if (!items?.length) continue;
    const side = make("div");
    const list = make("ul");
    list.append(...items.map((item) => make("li", "", item)));
    side.append(make("h4", "", title), list);
    sides.append(side);
  }
  entry.append(sides);
  if (frame.examples?.length) entry.append(examplesOf(frame));
  return entry;
}

function examplesOf({ examples }) {
  const part = make("div", "shown");
  const list = make("ul");
  list.append(...examples.map(({ text, stance, why }) => {
    const item = make("li");
    const quoted = make("p", "quoted", text);
    quoted.dir = "auto";
    if (stance) item.append(make("b", "", stanceWords(stance)));
    item.append(quoted);
    if (why) item.append(make("p", "why", why));
    return item;
  }));
  part.append(make("h4", "", "Examples"), list);
  return part;
}

export function listenToCodebook() {
  const open = () => state.codebook && drawCodebook();
  addView("codebook", { open, close: () => {} });
}
