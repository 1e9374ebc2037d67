// Reading a document: the scores first, then the sentences that carried them; stopping, failing.

import { ServiceError, ask } from "./api.js";
import { addEvidence, isSame, showDocument } from "./document.js";
import { byId, say, showProblem } from "./elements.js";
import { labelsOf } from "./labels.js";
import { start } from "./model.js";
import { drawProfile } from "./profile.js";
import { emptySource, listenToSource } from "./source.js";
import { modelKey, scored, state } from "./state.js";
import { counted, problemWords } from "./words.js";

const LOOKING = "Looking for the sentences that carried each frame…";
const SECONDS_TO_PATIENCE = 5;

let current = null; // the AbortController of the reading under way

async function read(body) {
  current?.abort();
  const running = new AbortController();
  current = running;
  showProblem("");
  showBusy("Reading…");
  try {
    if (!state.codebook) await start();
    if (!state.codebook) throw new ServiceError(0, "The service does not give its codebook.");
    await readScores(body, running);
    say(`${summary()}${await readEvidence(body, running)}`);
  } catch (error) {
    if (running !== current) return;
    if (running.signal.aborted) say("Stopped.");
    else {
      showProblem(problemWords(error), () => read(body));
      say("");
    }
  } finally {
    if (running === current) showBusy("");
  }
}

async function readScores(body, { signal }) {
  await show(await ask("documents", { body: withExplain(body, false), signal }), signal);
  showResults();
}

/** Show an answer, first fetching the codebook, and after it the model, where they are other ones. */
async function show(answer, signal) {
  const known = answer.codebook.version === state.codebook.version;
  if (!known) state.codebook = await ask("codebook", { signal });
  showDocument(answer);
  if (!state.bands.has(modelKey(answer))) start();
}

/** Add the evidence, and return what is to be said of it where there is none. */
async function readEvidence(body, running) {
  const found = scored().some(({ result }) => result.frames.some(({ present }) => present));
  if (!found) return "";
  showBusy(`${summary()} ${LOOKING}`);
  try {
    const answer = await ask("documents", { body: withExplain(body, true), signal: running.signal });
    if (isSame(answer, state.answer)) addEvidence(answer);
    else await show(answer, running.signal); // another model became champion meanwhile
    drawProfile();
    return "";
  } catch (error) {
    if (running !== current) throw error;
    const why = running.signal.aborted ? "you stopped it" : problemWords(error);
    return ` The scores are whole; the sentences that carried the frames are not known: ${why}.`;
  }
}

function withExplain(body, explain) {
  if (!(body instanceof FormData)) return { ...body, explain };
  const form = new FormData();
  for (const [name, value] of body) form.append(name, value);
  form.append("explain", String(explain));
  return form;
}

function showResults() {
  byId("results").hidden = false;
  fold(true);
  const heading = byId("results-heading");
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ block: "start" });
}

function summary() {
  const total = scored().length;
  const framed = scored().filter((paragraph) => labelsOf(paragraph).size).length;
  const failed = state.paragraphs.filter(({ error }) => error).length;
  const verb = framed === 1 ? "carries" : "carry";
  const tail = failed ? ` ${failed} could not be read.` : "";
  return `Read ${counted(total, "paragraph")}; ${framed} ${verb} a frame.${tail}`;
}

let patience = 0;

function showBusy(words) {
  const busy = Boolean(words);
  clearTimeout(patience);
  byId("read").disabled = byId("choose").disabled = busy;
  byId("stop").hidden = byId("progress").hidden = !busy;
  byId("results").setAttribute("aria-busy", String(busy));
  if (!busy) return;
  say(words);
  const slow = () => say(`${words} A long document takes a while.`);
  patience = setTimeout(slow, SECONDS_TO_PATIENCE * 1000);
}

function fold(folded) {
  byId("input").classList.toggle("folded", folded);
  byId("another").hidden = !folded;
}

function clear() {
  current?.abort();
  current = null;
  Object.assign(state, { answer: null, paragraphs: [] });
  state.shown.clear();
  showBusy("");
  showProblem("");
  say("");
  emptySource();
  fold(false);
  byId("results").hidden = true;
  if (state.codebook) drawProfile();
  byId("article").focus();
}

export function listenToReading() {
  listenToSource(read);
  byId("stop").addEventListener("click", () => current?.abort());
  byId("clear").addEventListener("click", clear);
  byId("another").addEventListener("click", () => {
    fold(false);
    byId("article").focus();
    byId("article").select();
  });
}
