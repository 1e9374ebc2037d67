// The page: paste an article, read its frames, correct them. Plain DOM, no build step.
// Frames and stances come from GET /codebook. Whatever comes from outside enters the page through
// `textContent`, never as HTML.

const BATCH_TEXTS = 64; // the service takes 256; smaller requests show progress and stop sooner
const BATCH_CHARACTERS = 200_000;
const BUSY_RETRIES = 5;
const MODEL_RETRY_SECONDS = 10;
const HUES = 8; // colours in style.css; a ninth frame takes the first colour and another shape
const PATTERNS = 4;
const ANNOTATOR = "adjudicator"; // whose answer settles a paragraph, see labels/rows.py
const BLANK_LINES = /\n[^\S\n]*(?:\n[^\S\n]*)+/;

// A sign is given by what a stance is called: one given by its place could say the opposite.
const SIGNS = [
  ["+", ["favor", "favour", "for", "pro", "support", "supports", "agree", "positive"]],
  ["−", ["against", "con", "oppose", "opposes", "disagree", "negative"]],
  ["=", ["neutral", "none", "mixed", "balanced"]],
];
const OTHER_SIGNS = ["◆", "▲", "●", "■"];

const state = { codebook: null, model: null, token: null, paragraphs: [], running: null };
const corrections = new Map(); // text -> Map of frame to stance, as saved since the page was opened

const byId = (id) => document.getElementById(id);
const [article, read, stop, clear] = ["article", "read", "stop", "clear"].map(byId);
const languageNames = new Intl.DisplayNames("en", { type: "language" });

// --- the service ---------------------------------------------------------------------------------

class ServiceError extends Error {
  constructor(status, message, problems = [], retryAfter = 0) {
    super(message);
    Object.assign(this, { status, problems, retryAfter });
  }
}

async function request(path, { body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (state.token) headers.Authorization = `Bearer ${state.token}`;
  const method = body ? "POST" : "GET";
  let response;
  let answer = null;
  try {
    const sent = body && JSON.stringify(body);
    response = await fetch(path, { method, headers, signal, body: sent, cache: "no-store" });
    answer = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    if (!response) throw new ServiceError(0, "The service cannot be reached. Is it still running?");
  }
  if (response.ok && answer) return answer;
  const { message, problems } = answer?.error ?? {};
  const text = message ?? `The service answered ${response.status} without saying why.`;
  const wait = Number(response.headers.get("Retry-After")) || 1;
  throw new ServiceError(response.status, text, problems, wait);
}

/** `request`, which asks for a token when one is needed and waits when the service is busy. */
async function ask(path, options = {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request(path, options);
    } catch (error) {
      if (error.status === 401 && (await askForToken(error.message))) continue;
      if (error.status !== 429 || attempt >= BUSY_RETRIES) throw error;
      say(`The service is busy. Trying again in ${counted(error.retryAfter, "second")}.`);
      await pause(error.retryAfter, options.signal);
    }
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function askForToken(why) {
  const dialog = byId("token-dialog");
  const field = byId("token");
  byId("token-help").textContent = why;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (dialog.returnValue === "use") state.token = field.value.trim();
      field.value = "";
      resolve(dialog.returnValue === "use");
    };
  });
}

// --- words ---------------------------------------------------------------------------------------

const twoDigits = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));
const stanceNames = () => state.codebook.stances.map((stance) => stance.name);

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function signOf(stance) {
  const known = SIGNS.find(([, words]) => words.includes(stance.toLowerCase()));
  return known ? known[0] : OTHER_SIGNS[stanceNames().indexOf(stance) % OTHER_SIGNS.length];
}

/** A label in words: undefined is absent; null is present, in a codebook without stances. */
function stanceWords(stance) {
  if (stance === undefined) return "absent";
  return stance === null ? "present" : `${signOf(stance)} ${stance}`;
}

function languageName(code) {
  try {
    return languageNames.of(code) ?? code;
  } catch {
    return code || "unknown language";
  }
}

function figureWords(figure) {
  const { value = null, low = null, high = null } = figure ?? {};
  if (value === null) return "not measured";
  const interval = low === null ? "" : ` (95% interval ${twoDigits(low)} to ${twoDigits(high)})`;
  return twoDigits(value) + interval;
}

function problemWords(error) {
  const lines = [error.message, ...(error.problems ?? [])];
  if (error.status === 503) lines.unshift("There is no model to read with at the moment.");
  return lines.join("\n");
}

// --- small pieces of the page --------------------------------------------------------------------

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

function clone(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

function say(text) {
  byId("status").textContent = text;
}

function showProblem(text, again = null) {
  const box = byId("problem");
  const button = box.querySelector("button");
  box.querySelector("p").textContent = text;
  button.hidden = !again;
  button.onclick = again;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

/** Give an element its frame's colour and shape; both repeat, so the name is always beside it. */
function colour(element, frame) {
  const place = state.codebook.frames.findIndex((entry) => entry.name === frame);
  element.dataset.hue = Math.max(place, 0) % HUES;
  element.dataset.shape = Math.floor(Math.max(place, 0) / HUES) % 3;
}

function pattern(element, stance) {
  element.dataset.pattern = stance === null ? 0 : stanceNames().indexOf(stance) % PATTERNS;
}

function fillFrame(row, frame) {
  const button = row.querySelector(".frame");
  button.querySelector(".name").textContent = frame;
  button.dataset.frame = frame;
  colour(row, frame);
}

// --- the model and the codebook ------------------------------------------------------------------

let modelTimer = 0;

/** Fetch the codebook, once, and the model; where there is none, come back until there is. */
async function start() {
  clearTimeout(modelTimer);
  try {
    state.codebook ??= await ask("codebook");
    drawCodebook();
    state.model = await ask("model");
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
  byId("model").hidden = true;
  modelTimer = setTimeout(start, MODEL_RETRY_SECONDS * 1000);
}

function drawModel() {
  byId("model-missing").hidden = true;
  byId("model").hidden = false;
  byId("model-name").textContent = `Champion ${state.model.model}`;
  byId("model-figures").textContent = headline(state.model.evaluation);
  const facts = [...modelFacts(), ...evaluationFacts(), ["Languages", languageFacts()]];
  byId("model-more").replaceChildren(
    ...facts.flatMap(([term, fact]) => [make("dt", "", term), make("dd", "", fact)]),
  );
}

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
  const role = "the champion: the model that answers every text now";
  return [
    ["Model", `${model}, ${role}. Made on ${day}; its ${member} answers.`],
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

function drawCodebook() {
  const { name, version, frames, stances, guidelines } = state.codebook;
  byId("codebook-name").textContent = `${name}, version ${version}`;
  byId("codebook-frames").replaceChildren(...frames.map(codebookEntry));
  const stanceLines = stances.map((stance) => {
    const line = make("p", "stance-entry");
    line.append(make("b", "", stanceWords(stance.name)), make("span", "", stance.definition));
    return line;
  });
  byId("codebook-stances").replaceChildren(...stanceLines);
  const blocks = (guidelines ?? "").split(BLANK_LINES).filter((block) => block.trim());
  const lines = blocks.map((block) => make("p", "guideline", block.trim()));
  byId("codebook-guidelines").replaceChildren(...lines);
  drawProfile();
}

function codebookEntry(frame) {
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

// --- reading an article --------------------------------------------------------------------------

function readArticle() {
  state.running?.abort();
  showProblem("");
  const texts = article.value.split(BLANK_LINES).map((text) => text.trim()).filter(Boolean);
  if (!texts.length) {
    showProblem("There is no text to read. Paste an article into the field, or use the example.");
    article.focus();
    return;
  }
  const unread = { result: null, error: null, element: null };
  state.paragraphs = texts.map((text, place) => ({ id: String(place), text, ...unread }));
  byId("paragraphs").replaceChildren(...state.paragraphs.map(drawNewParagraph));
  byId("results").hidden = true;
  readUnread();
}

async function readUnread() {
  const running = new AbortController();
  state.running = running;
  showProblem("");
  showBusy(true);
  try {
    if (!state.codebook) await start();
    if (!state.codebook) throw new ServiceError(0, "The service does not give its codebook.");
    for (const batch of batches(state.paragraphs.filter((paragraph) => !isDone(paragraph)))) {
      showProgress();
      const texts = batch.map(({ id, text }) => ({ id, text }));
      take(await ask("score", { body: { texts }, signal: running.signal }));
    }
    say(summary());
  } catch (error) {
    if (running !== state.running) return;
    if (running.signal.aborted) say(`Stopped. ${progressWords()}`);
    else showProblem(problemWords(error), readUnread);
  } finally {
    if (running === state.running) showBusy(false);
  }
}

function* batches(paragraphs) {
  let batch = [];
  let characters = 0;
  for (const paragraph of paragraphs) {
    const long = characters + paragraph.text.length > BATCH_CHARACTERS;
    if (batch.length === BATCH_TEXTS || (batch.length && long)) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    batch.push(paragraph);
    characters += paragraph.text.length;
  }
  if (batch.length) yield batch;
}

function take(answer) {
  for (const result of answer.results) {
    const paragraph = state.paragraphs[Number(result.id)];
    if (result.error) paragraph.error = result.error;
    else paragraph.result = result;
    drawParagraph(paragraph);
  }
  drawProfile();
  const results = byId("results");
  if (results.hidden) {
    results.hidden = false;
    const heading = byId("results-heading");
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  }
  if (state.model && answer.model !== state.model.model) start();
}

const isDone = ({ result, error }) => Boolean(result || error);
const done = () => state.paragraphs.filter(isDone).length;
const progressWords = () => `Read ${done()} of ${counted(state.paragraphs.length, "paragraph")}.`;

function showProgress() {
  const bar = byId("progress");
  bar.max = state.paragraphs.length;
  bar.value = done();
  say(done() ? progressWords() : "Reading…");
}

function showBusy(busy) {
  read.disabled = busy;
  stop.hidden = !busy;
  byId("progress").hidden = !busy;
  if (busy) say("Reading…");
  else if (!byId("problem").hidden) say(done() ? progressWords() : "");
}

function summary() {
  const total = state.paragraphs.length;
  const framed = state.paragraphs.filter((paragraph) => labelsOf(paragraph)?.size).length;
  const failed = state.paragraphs.filter(({ error }) => error).length;
  const verb = framed === 1 ? "carries" : "carry";
  const tail = failed ? ` ${failed} could not be read.` : "";
  return `Read ${counted(total, "paragraph")}; ${framed} ${verb} a frame.${tail}`;
}

// --- paragraphs ----------------------------------------------------------------------------------

/** Frame to stance, in the codebook's order: what was saved, or else the model's judgement. */
function labelsOf({ text, result }) {
  if (corrections.has(text)) return corrections.get(text);
  return result && judgedLabels(result);
}

function judgedLabels(result) {
  const judged = new Map(result.frames.map((frame) => [frame.label, frame]));
  const present = state.codebook.frames.filter(({ name }) => judged.get(name)?.present);
  return new Map(present.map(({ name }) => [name, judged.get(name).stance?.label ?? null]));
}

function sameLabels(one, other) {
  const same = ([frame, stance]) => other.get(frame) === stance;
  return one.size === other.size && [...one].every(same);
}

function drawNewParagraph(paragraph) {
  const element = clone("paragraph-template");
  paragraph.element = element;
  element.querySelector("h3").textContent = `Paragraph ${Number(paragraph.id) + 1}`;
  element.querySelector(".text").textContent = paragraph.text;
  element.querySelector(".language").textContent = "not read yet";
  const button = element.querySelector(".correct");
  button.setAttribute("aria-label", `Correct paragraph ${Number(paragraph.id) + 1}`);
  button.onclick = () => toggleEditor(paragraph);
  element.querySelector(".text").onclick = () => {
    if (document.getSelection().isCollapsed && paragraph.result) openEditor(paragraph);
  };
  element.querySelector(".evidence").ontoggle = () => drawEvidence(paragraph);
  listenToEditor(paragraph);
  drawLanes(paragraph);
  return element;
}

function drawParagraph(paragraph) {
  const { element, result, error } = paragraph;
  element.classList.toggle("read", Boolean(result));
  const notes = notesOn(paragraph).map((note) => make("p", "note", note));
  element.querySelector(".notes").replaceChildren(...notes);
  const language = element.querySelector(".language");
  language.textContent = error ? "could not be read" : languageName(result.language);
  if (error) return;
  element.querySelector(".text").lang = result.language ?? "";
  element.querySelector(".correct").hidden = false;
  const saved = corrections.get(paragraph.text);
  drawBadge(element.querySelector(".badge"), saved, judgedLabels(result));
  drawLanes(paragraph);
  drawJudgements(paragraph, saved);
  const evidence = element.querySelector(".evidence");
  evidence.hidden = false;
  evidence.querySelector("summary").textContent = saved ? "What the model said" : "All scores";
  drawEvidence(paragraph);
}

function drawBadge(badge, saved, judged) {
  badge.hidden = !saved;
  if (!saved) return;
  badge.textContent = sameLabels(saved, judged) ? "✓ Confirmed, saved" : "✓ Corrected, saved";
}

function notesOn({ result, error }) {
  if (error) return [`Not scored: ${error.message}`];
  const notes = [];
  if (!result.language_supported) {
    const language = languageName(result.language);
    notes.push(`The model is not known to read ${language} well. Check these labels yourself.`);
  }
  if (result.truncated) {
    const read = `only the first ${counted(result.tokens, "token")}`;
    notes.push(`Too long to read whole: the model saw ${read}. Split it with a blank line.`);
  }
  return notes;
}

/** One stripe per frame, each in its own lane, so that a frame can be followed down the page. */
function drawLanes({ text, result, element }) {
  const labels = result ? labelsOf({ text, result }) : new Map();
  const judged = result && !corrections.has(text) ? result.frames : [];
  const unsure = judged.filter((frame) => frame.uncertain).map((frame) => frame.label);
  const lanes = (state.codebook?.frames ?? []).map(({ name }) => {
    const lane = make("span", "lane");
    if (!labels.has(name)) return lane;
    lane.classList.add("on");
    lane.classList.toggle("unsure", unsure.includes(name));
    colour(lane, name);
    pattern(lane, labels.get(name));
    return lane;
  });
  element.querySelector(".lanes").replaceChildren(...lanes);
}

function drawJudgements({ element, result }, saved) {
  const shown = result.frames.filter((frame) => frame.present || frame.uncertain);
  const rows = saved
    ? [...saved].map(([frame, stance]) => labelRow(frame, stance))
    : shown.map((frame) => judgementRow(frame));
  const none = saved ? !saved.size : !result.frames.some((frame) => frame.present);
  if (none) rows.unshift(make("li", "none", saved ? "No frame, as you said." : "No frame found."));
  element.querySelector(".body > .judgements").replaceChildren(...rows);
}

function drawEvidence({ element, result }) {
  const evidence = element.querySelector(".evidence");
  const rows = evidence.open ? result.frames.map((frame) => judgementRow(frame, true)) : [];
  evidence.querySelector(".judgements").replaceChildren(...rows);
}

function labelRow(frame, stance) {
  const row = clone("judgement-template");
  fillFrame(row, frame);
  row.querySelector(".stance").textContent = stanceWords(stance);
  row.querySelector(".sure").replaceChildren();
  row.querySelector(".mark").textContent = "set by you";
  return row;
}

function judgementRow(frame, full = false) {
  const row = clone("judgement-template");
  const stance = frame.present ? (frame.stance?.label ?? null) : undefined;
  fillFrame(row, frame.label);
  row.classList.toggle("absent", !frame.present);
  row.querySelector(".stance").textContent = stanceWords(stance);
  row.querySelector(".score").textContent = twoDigits(frame.score);
  row.querySelector(".threshold").textContent = `of ${twoDigits(frame.threshold)} needed`;
  const meter = row.querySelector(".meter");
  meter.style.setProperty("--score", frame.score);
  meter.style.setProperty("--threshold", frame.threshold);
  row.querySelector(".mark").textContent = frame.uncertain ? "? uncertain" : "";
  if (full && frame.stance) {
    const scores = Object.entries(frame.stance.scores);
    const words = scores.map(([name, score]) => `${stanceWords(name)} ${twoDigits(score)}`);
    if (!frame.present) words.unshift("If present:");
    row.querySelector(".stance-scores").append(...words.map((word) => make("span", "", word)));
  }
  return row;
}

// --- the document's profile ----------------------------------------------------------------------

function drawProfile() {
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

// --- correcting a paragraph ----------------------------------------------------------------------

function toggleEditor(paragraph) {
  if (paragraph.element.querySelector(".editor").hidden) openEditor(paragraph);
  else closeEditor(paragraph);
}

function openEditor(paragraph) {
  const form = paragraph.element.querySelector(".editor");
  if (!form.hidden) return;
  const labels = labelsOf(paragraph);
  const rows = state.codebook.frames.map((frame, place) =>
    choiceRow(frame, `${paragraph.id}-${place}`, labels));
  form.querySelector(".choices").replaceChildren(...rows);
  form.querySelector(".problem").hidden = true;
  form.hidden = false;
  paragraph.element.classList.add("editing");
  paragraph.element.querySelector(".correct").setAttribute("aria-expanded", "true");
  form.querySelector("input:checked").focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
}

function listenToEditor(paragraph) {
  const form = paragraph.element.querySelector(".editor");
  form.querySelector(".cancel").onclick = () => closeEditor(paragraph);
  form.onsubmit = (event) => {
    event.preventDefault();
    save(paragraph);
  };
  form.onkeydown = (event) => {
    if (event.key === "Escape") closeEditor(paragraph);
    if (!isCtrlEnter(event)) return;
    event.preventDefault();
    form.requestSubmit();
  };
}

function closeEditor({ element }) {
  element.querySelector(".editor").hidden = true;
  element.classList.remove("editing");
  const button = element.querySelector(".correct");
  button.setAttribute("aria-expanded", "false");
  button.focus();
}

/** A radio group: absent, then each stance; without stances in the codebook, absent or present. */
function choiceRow(frame, id, labels) {
  const group = make("fieldset", "choice");
  const legend = make("legend");
  legend.append(make("span", "swatch"), make("span", "", frame.name));
  colour(group, frame.name);
  const claim = make("p", "claim", frame.claim);
  claim.id = `claim-${id}`;
  group.setAttribute("aria-describedby", claim.id);
  const stances = state.codebook.stances.length ? stanceNames() : [null];
  const options = make("div", "options");
  for (const [place, stance] of [undefined, ...stances].entries()) {
    const label = make("label", "option");
    const input = make("input");
    Object.assign(input, { type: "radio", name: `choice-${id}`, value: String(place - 1) });
    input.checked = labels.get(frame.name) === stance; // an absent frame gives undefined
    input.dataset.frame = frame.name;
    label.append(input, make("span", "", stanceWords(stance)));
    options.append(label);
  }
  group.append(legend, options, claim);
  return group;
}

/** Frame to stance, in the codebook's order; the value of a choice is its stance's place. */
function chosenLabels(form) {
  const chosen = [...form.querySelectorAll("input:checked")].filter(({ value }) => value !== "-1");
  const stanceOf = ({ value }) => stanceNames()[Number(value)] ?? null;
  return new Map(chosen.map((input) => [input.dataset.frame, stanceOf(input)]));
}

function annotationOf({ text, result }, labels) {
  const frames = state.codebook.stances.length ? Object.fromEntries(labels) : [...labels.keys()];
  const annotation = { text, frames, annotator: ANNOTATOR };
  return result.language ? { ...annotation, lang: result.language } : annotation;
}

async function save(paragraph) {
  const form = paragraph.element.querySelector(".editor");
  const button = form.querySelector("[type=submit]");
  const problem = form.querySelector(".problem");
  const labels = chosenLabels(form);
  button.disabled = true;
  problem.hidden = true;
  try {
    await ask("labels", { body: { annotations: [annotationOf(paragraph, labels)] } });
    corrections.set(paragraph.text, labels);
    const same = state.paragraphs.filter(({ text, result }) => result && text === paragraph.text);
    same.forEach(drawParagraph);
    drawProfile();
    closeEditor(paragraph);
    say(`The labels of paragraph ${Number(paragraph.id) + 1} are saved.`);
  } catch (error) {
    problem.textContent = `Not saved. ${[error.message, ...(error.problems ?? [])].join("\n")}`;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    button.disabled = false;
  }
}

// --- what a frame claims, on hover and focus -----------------------------------------------------

const tip = byId("tip");
let tipOwner = null;

function showTip(button) {
  const frame = state.codebook?.frames.find(({ name }) => name === button.dataset.frame);
  if (tipOwner === button || (!frame?.claim && !frame?.definition)) return;
  hideTip();
  tipOwner = button;
  const claim = make("p", "claim", frame.claim);
  tip.replaceChildren(make("b", "", frame.name), claim, make("p", "", frame.definition));
  tip.hidden = false;
  button.setAttribute("aria-describedby", "tip");
  const place = button.getBoundingClientRect();
  const left = Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 12);
  const below = place.bottom + tip.offsetHeight < window.innerHeight;
  const top = below ? place.bottom : place.top - tip.offsetHeight;
  tip.style.setProperty("--left", `${Math.max(left, 12) + window.scrollX}px`);
  tip.style.setProperty("--top", `${top + window.scrollY}px`);
}

function hideTip() {
  tip.hidden = true;
  tipOwner?.removeAttribute("aria-describedby");
  tipOwner = null;
}

// --- events --------------------------------------------------------------------------------------

function isCtrlEnter(event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey);
}

function useExample() {
  const paragraphs = [...byId("example-article").content.querySelectorAll("p")];
  article.value = paragraphs.map((paragraph) => paragraph.textContent).join("\n\n");
  clear.hidden = false;
  article.focus();
  article.setSelectionRange(0, 0);
  article.scrollTop = 0;
}

function clearArticle() {
  state.running?.abort();
  Object.assign(state, { running: null, paragraphs: [] });
  showBusy(false);
  showProblem("");
  say("");
  article.value = "";
  clear.hidden = true;
  byId("results").hidden = true;
  if (state.codebook) drawProfile();
  article.focus();
}

function listen() {
  const dialog = byId("token-dialog");
  read.addEventListener("click", readArticle);
  stop.addEventListener("click", () => state.running?.abort());
  clear.addEventListener("click", clearArticle);
  byId("example").addEventListener("click", useExample);
  byId("model-missing").querySelector("button").addEventListener("click", start);
  article.addEventListener("input", () => {
    clear.hidden = !article.value;
  });
  article.addEventListener("keydown", (event) => {
    if (isCtrlEnter(event) && !read.disabled) readArticle();
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close("use");
  });
  dialog.querySelector("[type=button]").addEventListener("click", () => dialog.close(""));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
  for (const kind of ["pointerover", "focusin", "click"]) {
    document.addEventListener(kind, (event) => {
      const button = event.target.closest(".frame");
      if (button) showTip(button);
      else if (!tip.contains(event.target)) hideTip();
    });
  }
}

listen();
start();
