// The document's profile: how many paragraphs carry each frame.

import { byId, clone, make } from "./elements.js";
import { fillFrame, pattern } from "./frames.js";
import { corrections, labelsOf } from "./labels.js";
import { state } from "./state.js";
import { signOf, stanceNames, stanceWords } from "./words.js";

export function drawProfile() {
  const scored = state.paragraphs.filter(({ result }) => result);
  const total = scored.length;
  byId("profile-heading").textContent = total ? "Document profile" : "Frames it looks for";
  byId("profile-help").hidden = !total;
  const changed = scored.filter(({ text }) => corrections.has(text)).length;
  const tail = changed ? `, ${changed} with labels set by you` : "";
  const help = `Paragraphs that carry each frame, of ${total.toLocaleString("en")} read${tail}.`;
  byId("profile-help").textContent = help;
  byId("profile").replaceChildren(
    ...state.codebook.frames.map((frame) => profileRow(frame, scored)),
  );
  drawLegend(total);
}

function profileRow(frame, paragraphs) {
  const row = clone("profile-template");
  fillFrame(row, frame.name);
  if (!paragraphs.length) {
    row.querySelector(".detail").textContent = frame.claim || frame.definition;
    row.querySelector(".bar").remove();
    return row;
  }
  const holders = paragraphs.map(labelsOf).filter((labels) => labels.has(frame.name));
  const stances = state.codebook.stances.length ? stanceNames() : [null];
  const parts = stances
    .map((stance) => [stance, holders.filter((labels) => labels.get(frame.name) === stance).length])
    .filter(([, count]) => count);
  row.querySelector(".count").textContent = String(holders.length);
  for (const [stance, count] of parts) {
    const part = make("span", "part");
    part.style.setProperty("--share", count / paragraphs.length);
    pattern(part, stance);
    row.querySelector(".bar").append(part);
    if (stance === null) continue;
    row.querySelector(".detail").append(make("span", "", `${signOf(stance)} ${count} ${stance}`));
  }
  return row;
}

function drawLegend(total) {
  const legend = byId("legend");
  legend.hidden = !total || !state.codebook.stances.length;
  legend.replaceChildren(...stanceNames().map((stance) => {
    const item = make("span", "key");
    const part = make("span", "part");
    pattern(part, stance);
    item.append(part, make("span", "", stanceWords(stance)));
    return item;
  }));
}
