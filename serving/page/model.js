// The model that answers: which one, how good, and the wait for one where there is none. It heads
// the page in one line; the view of the model says the rest.

import { ask } from "./api.js";
import { drawCodebook } from "./codebook.js";
import { byId, make } from "./elements.js";
import { colour } from "./frames.js";
import { drawHistory } from "./history.js";
import { drawProfile } from "./profile.js";
import { modelKey, state } from "./state.js";
import { addView } from "./views.js";
import { counted, figureWords, languageName, problemWords, twoDigits } from "./words.js";

const MODEL_RETRY_SECONDS = 10;

let modelTimer = 0;

/** Fetch the codebook, once, and the model; where there is none, come back until there is. */
export async function start() {
  clearTimeout(modelTimer);
  try {
    state.codebook ??= await ask("codebook");
    drawCodebook();
    if (!state.answer) drawProfile();
    state.model = await ask("model");
    state.bands.set(modelKey(state.model), state.model.frames);
    drawModel();
  } catch (error) {
    drawNoModel(error);
  }
}

function drawNoModel(error) {
  const notice = byId("model-missing");
  const soon = `This page asks again every ${MODEL_RETRY_SECONDS} seconds.`;
  const words = `${problemWords(error)}\n${soon}`;
  const line = notice.querySelector("p");
  if (line.textContent !== words) line.textContent = words; // else a screen reader hears it again
  notice.hidden = false;
  byId("model-line").hidden = byId("model-about").hidden = true;
  modelTimer = setTimeout(start, MODEL_RETRY_SECONDS * 1000);
}

function drawModel() {
  byId("model-missing").hidden = true;
  byId("model-line").hidden = byId("model-about").hidden = false;
  const name = isBaseline() ? "Linear baseline" : "Champion";
  byId("model-name").textContent = `${name} ${state.model.model}`;
  byId("model-figures").textContent = headline(state.model.evaluation);
  const facts = [...modelFacts(), ...evaluationFacts(), ["Languages", languageFacts()]];
  byId("model-more").replaceChildren(
    ...facts.flatMap(([term, fact]) => [make("dt", "", term), make("dd", "", fact)]),
  );
  byId("decisions").replaceChildren(...state.model.frames.map(decisionRow));
}

function decisionRow({ label, threshold, band }) {
  const row = make("tr");
  const name = make("th");
  name.scope = "row";
  name.append(make("span", "swatch"), make("span", "name", label));
  colour(row, label);
  const [low, high] = band.map(twoDigits);
  const words = low === high ? "nowhere" : `${low} to ${high}`;
  row.append(name, make("td", "", twoDigits(threshold)), make("td", "", words));
  return row;
}

const isBaseline = () => state.model.member === "baseline";

function headline(evaluation) {
  const figures = Object.entries({
    frames: evaluation?.macro_f1,
    stances: evaluation?.stance_macro_f1,
    both: evaluation?.joint_micro_f1,
  }).filter(([, figure]) => figure && figure.value !== null);
  const words = figures.map(([name, figure]) => `${name} ${twoDigits(figure.value)}`);
  return words.length ? `F1: ${words.join(", ")}` : "not yet evaluated";
}

function modelFacts() {
  const { model, member, created, codebook } = state.model;
  const day = new Date(created).toLocaleDateString("en-GB", { dateStyle: "long" });
  const role = isBaseline()
    ? "the linear baseline alone: it answers until a fine-tuned model has passed the gate"
    : `the champion: the model that answers every text now. Its ${member} answers`;
  return [
    ["Model", `${model}, ${role}. Made on ${day}.`],
    ["Codebook", `${codebook.name}, version ${codebook.version}`],
  ];
}

function evaluationFacts() {
  const { evaluation } = state.model;
  if (!evaluation) return [["Measured on", "Nothing yet, so nobody knows how good this model is."]];
  const { data, n, macro_f1: frames, stance_macro_f1: stances, joint_micro_f1: both } = evaluation;
  const scale = "F1 runs from 0 to 1; 1 means no misses and no false alarms.";
  const facts = [
    ["Measured on", `${data}, ${counted(n, "paragraph")}. ${scale}`],
    ["Frames", `macro-F1 ${figureWords(frames)}`],
  ];
  if (!state.codebook.stances.length) return facts;
  return [
    ...facts,
    ["Stances", `macro-F1 ${figureWords(stances)}`],
    ["Frame and stance both right", `micro-F1 ${figureWords(both)}`],
  ];
}

function languageFacts() {
  const known = Object.entries(state.model.languages ?? {}).map(([code, language]) => {
    const doubt = language.supported ? "" : " (not well supported)";
    return `${languageName(code)} ${twoDigits(language.macro_f1)} on ${language.n}${doubt}`;
  });
  return known.length ? `macro-F1 on held-out paragraphs: ${known.join("; ")}` : "none measured";
}

/** `look()` is called when the view is opened, to show how far retraining is. */
export function listenToModel(look) {
  const open = () => {
    drawHistory();
    look();
  };
  addView("model", { open, close: () => {} });
  byId("model-missing").querySelector("button").addEventListener("click", start);
}
