// Taking the result along: a table, JSON, a picture for a slide, one HTML file to share.

import { profilePng, profileSvg, svgText } from "./chart.js";
import { byId, say, showProblem } from "./elements.js";
import { sharedHtml } from "./share.js";
import { state } from "./state.js";
import { csvText, jsonText } from "./tables.js";

const KINDS = {
  csv: ["text/csv;charset=utf-8", csvText],
  json: ["application/json", jsonText],
  svg: ["image/svg+xml", () => svgText(profileSvg())],
  png: ["image/png", profilePng],
  html: ["text/html;charset=utf-8", sharedHtml],
};

async function save(kind) {
  const [type, make] = KINDS[kind];
  const name = `${fileName()}.${kind}`;
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await make()], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    say(`Saved as ${name}.`);
  } catch (error) {
    showProblem(`${name} could not be made: ${error.message}`);
  }
}

function fileName() {
  const title = state.answer.document.title ?? "framescope";
  const plain = title.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  return Array.from(plain).slice(0, 60).join("") || "framescope";
}

export function listenToDownloads() {
  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => save(button.dataset.save));
  }
}
