// The article: its field, reading it in batches, stopping, clearing.

import { ServiceError, ask } from "./api.js";
import { listenToEditor } from "./correct.js";
import { byId, isCtrlEnter, say, showProblem } from "./elements.js";
import { labelsOf } from "./labels.js";
import { start } from "./model.js";
import { drawNewParagraph, drawParagraph } from "./paragraphs.js";
import { drawProfile } from "./profile.js";
import { state } from "./state.js";
import { blocks, counted, problemWords } from "./words.js";

const BATCH_TEXTS = 64; // the service takes 256; smaller requests show progress and stop sooner
const BATCH_CHARACTERS = 200_000;

const [article, read, stop, clear] = ["article", "read", "stop", "clear"].map(byId);
let current = null; // the AbortController of the reading under way

function readArticle() {
  current?.abort();
  showProblem("");
  const texts = blocks(article.value);
  if (!texts.length) {
    showProblem("There is no text to read. Paste an article into the field, or use the example.");
    article.focus();
    return;
  }
  const unread = { result: null, error: null, element: null };
  state.paragraphs = texts.map((text, place) => ({ id: String(place), text, ...unread }));
  byId("paragraphs").replaceChildren(...state.paragraphs.map(drawNewParagraph));
  state.paragraphs.forEach(listenToEditor);
  byId("results").hidden = true;
  readUnread();
}

async function readUnread() {
  const running = new AbortController();
  current = running;
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
    if (running !== current) return;
    if (running.signal.aborted) say(`Stopped. ${progressWords()}`);
    else showProblem(problemWords(error), readUnread);
  } finally {
    if (running === current) showBusy(false);
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

function useExample() {
  const paragraphs = [...byId("example-article").content.querySelectorAll("p")];
  article.value = paragraphs.map((paragraph) => paragraph.textContent).join("\n\n");
  clear.hidden = false;
  article.focus();
  article.setSelectionRange(0, 0);
  article.scrollTop = 0;
}

function clearArticle() {
  current?.abort();
  current = null;
  state.paragraphs = [];
  showBusy(false);
  showProblem("");
  say("");
  article.value = "";
  clear.hidden = true;
  byId("results").hidden = true;
  if (state.codebook) drawProfile();
  article.focus();
}

export function listenToArticle() {
  read.addEventListener("click", readArticle);
  stop.addEventListener("click", () => current?.abort());
  clear.addEventListener("click", clearArticle);
  byId("example").addEventListener("click", useExample);
  article.addEventListener("input", () => {
    clear.hidden = !article.value;
  });
  article.addEventListener("keydown", (event) => {
    if (isCtrlEnter(event) && !read.disabled) readArticle();
  });
}
