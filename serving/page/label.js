// The view for labelling: one text after the other, by keys.

import { ask } from "./api.js";
import { Choices, framesValue, framesWords } from "./choices.js";
import { byId, onSubmit } from "./elements.js";
import { pressed, showKeys } from "./keys.js";
import { judgedLabels } from "./labels.js";
import { Outbox } from "./outbox.js";
import { state } from "./state.js";
import { itemOf, PLACES, Upcoming } from "./upcoming.js";
import { addView, isShown, signOut } from "./views.js";
import { counted, problemWords } from "./words.js";

const SECONDS_BETWEEN_LOOKS = 30;
const SECONDS_TO_NEXT_TRIAL = 3;

const text = byId("label-text");
const choices = new Choices("label", () => current && drafts.keep(current.item));
let annotator = null;
let outbox = null;
let upcoming = null;
let current = null; // {item, earlier}: earlier is my answer on it, or null
let latest = 0; // the time of my last answer, by the service's clock
let seen = false; // whether the suggestion was shown on this text
let timer = 0;

/** The answers that were begun, so that neither a reload nor going back to another loses one. */
const drafts = {
  key: ({ text_id: id }) => `framescope:draft:${encodeURIComponent(annotator)}:${id}`,
  keep(item) {
    const frames = [...choices.get()].map(([name, stance]) => [name, stance ?? null]);
    localStorage.setItem(this.key(item), JSON.stringify({ frames, seen }));
  },
  of(item) {
    return JSON.parse(localStorage.getItem(this.key(item)) ?? "null");
  },
  drop(item) {
    localStorage.removeItem(this.key(item));
  },
};

async function open({ name }) {
  outbox?.close(); // who leaves and comes back at once opens it twice
  annotator = name;
  latest = 0;
  choices.draw();
  outbox = new Outbox(name, drawOutbox);
  const box = outbox;
  const unsent = () => box.entries().map(([, entry]) => entry);
  upcoming = new Upcoming(name, unsent, () => box.send());
  outbox.send();
  await next();
}

function close() {
  clearTimeout(timer);
  outbox?.close();
  outbox = null;
  current = null;
}

async function next() {
  clearTimeout(timer);
  const box = outbox;
  let problem = "";
  current = null; // until the next is there, no key answers the last one again
  const filling = upcoming.fill();
  if (!upcoming.next()) {
    byId("label-done-words").textContent = "Asking for texts…";
    draw();
  }
  try {
    await filling;
  } catch (error) {
    problem = problemWords(error);
    if (error.status === 401) return signOut(problem);
  }
  if (box !== outbox || current) return undefined; // left, or gone back, meanwhile
  const item = upcoming.next();
  if (item) show(item, null);
  else rest(problem);
  return undefined;
}

function show(item, earlier) {
  clearTimeout(timer); // which would take this text away again
  current = { item, earlier };
  seen = false;
  hideSuggestion();
  const draft = drafts.of(item);
  if (draft) ({ seen } = draft);
  choices.set(draft ? new Map(draft.frames) : (earlier ?? new Map()));
  text.textContent = item.text;
  text.lang = item.lang ?? "";
  byId("label-about").textContent = earlier ? "You answered this one before." : "";
  problemIs("");
  draw();
  text.focus({ preventScroll: true });
  text.scrollIntoView({ block: "nearest" });
}

/** Nothing is left to show for now. */
function rest(problem) {
  current = null;
  const { total } = upcoming.progress();
  const done = total ? "You have answered every text." : "There are no texts to label yet.";
  byId("label-done-words").textContent = problem || done;
  draw();
  timer = setTimeout(next, (problem ? SECONDS_TO_NEXT_TRIAL : SECONDS_BETWEEN_LOOKS) * 1000);
}

function draw() {
  const { answered, total } = upcoming.progress();
  byId("label-form").hidden = text.hidden = !current;
  byId("label-done").hidden = Boolean(current);
  const bar = byId("label-progress");
  Object.assign(bar, { max: Math.max(total, 1), value: answered });
  const words = `${answered.toLocaleString("en")} of ${counted(total, "text")} answered`;
  if (byId("label-count").textContent !== words) byId("label-count").textContent = words;
  byId("label-back").disabled = !upcoming.hasPrevious(current?.item);
}

function save() {
  if (!current) return;
  const problem = choices.problem();
  problemIs(problem);
  if (problem) return;
  const { item, earlier } = current;
  const frames = choices.get();
  const value = framesValue(frames);
  if (!earlier || JSON.stringify(framesValue(earlier)) !== JSON.stringify(value)) {
    outbox.put(rowOf(item, value), !earlier);
    for (const [name, { row }] of outbox.entries().filter(([, { refused }]) => refused)) {
      if (row.text_id === item.text_id) outbox.forget(name);
    }
  }
  upcoming.answered(item, frames);
  drafts.drop(item);
  said(`Saved: ${framesWords(frames)}.`);
  next();
}

function rowOf(item, frames) {
  const places = PLACES.filter((name) => item[name] !== null).map((name) => [name, item[name]]);
  latest = Math.max(Date.now() + upcoming.clock, latest + 1);
  const meta = seen ? { ...item.meta, suggestion: "seen" } : item.meta;
  return {
    ...Object.fromEntries(places), text: item.text, text_id: item.text_id, frames, annotator,
    at: new Date(latest).toISOString(), codebook: state.codebook.version, kind: "answer", meta,
  };
}

function back() {
  const found = upcoming.previous(current?.item);
  if (!found) return said("There is no earlier answer.");
  if (current && !current.earlier) upcoming.giveBack(current.item);
  show(found.item, found.frames);
  return said(`Back at: ${framesWords(found.frames)}.`);
}

function skip() {
  if (!current) return;
  if (!current.earlier) upcoming.skip(current.item);
  drafts.drop(current.item);
  said(current.earlier ? "Left as it was." : "Skipped; it comes again at the end.");
  next();
}

function toggleGuide() {
  const guide = byId("label-guide");
  guide.open = !guide.open;
}

async function toggleSuggestion() {
  if (byId("label-suggestion").getAttribute("aria-pressed") === "true") return hideSuggestion();
  if (!current) return undefined;
  const { item } = current;
  const box = byId("label-suggested");
  box.hidden = false;
  byId("label-suggestion").setAttribute("aria-pressed", "true");
  try {
    const body = { texts: [item.text] };
    const [result] = (await ask("score", { body, quiet: true })).results;
    if (item !== current?.item || box.hidden) return undefined;
    seen = true;
    drafts.keep(item);
    box.textContent = `The model reads: ${framesWords(judgedLabels(result))}.`;
  } catch (error) {
    if (item !== current?.item || box.hidden) return undefined;
    box.textContent = `No suggestion. ${problemWords(error)}`;
  }
  return undefined;
}

function hideSuggestion() {
  byId("label-suggested").hidden = true;
  byId("label-suggested").textContent = "";
  byId("label-suggestion").setAttribute("aria-pressed", "false");
}

function drawOutbox({ waiting, refused, problem, signedOut }) {
  const box = byId("label-waiting");
  const kept = `${counted(waiting, "answer")} not confirmed yet, and kept in this browser.`;
  const words = waiting ? `${kept} ${problem}` : "";
  byId("label-waiting-words").textContent = words;
  box.hidden = !waiting || (!problem && waiting < 3); // a moment's wait is no news
  byId("label-send").hidden = !problem;
  drawRefused(refused);
  if (signedOut) signOut("Your token is not known any more. Sign in again; no answer is lost.");
}

function drawRefused(refused) {
  byId("label-refused").hidden = !refused.length;
  if (!refused.length) return;
  const [[name, { row, refused: why, erased }]] = refused;
  const lead = `${counted(refused.length, "answer")} could not be stored.`;
  byId("label-refused-words").textContent = `${lead}\n“${row.text.slice(0, 80)}”: ${why}`;
  byId("label-refused-drop").onclick = () => outbox.forget(name);
  byId("label-refused-again").hidden = Boolean(erased);
  byId("label-refused-again").onclick = () => show(itemOf(row), null);
}

function problemIs(words) {
  byId("label-problem").textContent = words;
  byId("label-problem").hidden = !words;
}

function said(words) {
  byId("label-said").textContent = words;
}

function help() {
  showKeys([
    ...choices.keyRows(), ["Enter", "save, and on to the next text"],
    ["u or Backspace", "back to the last answer"], ["s", "skip: it comes again at the end"],
    ["g", "guidelines"], ["m", "what the model suggests"], ["?", "these keys"],
  ]);
}

const COMMANDS = { save, back, skip, help, guide: toggleGuide, suggestion: toggleSuggestion };

function onKey(event) {
  if (!isShown("label")) return;
  const key = pressed(event);
  if (!key || event.repeat) return;
  const command = COMMANDS[key];
  const words = command || !current ? "" : choices.press(key);
  if (!command && !words) return;
  event.preventDefault();
  if (command) command();
  else {
    problemIs("");
    said(words);
  }
}

function onStorage(event) {
  const entry = outbox?.answeredElsewhere(event);
  if (!entry) return;
  upcoming.answeredElsewhere(entry);
  if (current && !current.earlier && current.item.text_id === entry.row.text_id) next();
  else draw();
}

export function listenToLabelling() {
  addView("label", { needs: "annotator", named: true, open, close });
  document.addEventListener("keydown", onKey);
  window.addEventListener("storage", onStorage);
  onSubmit(byId("label-form"), save);
  const buttons = {
    back, skip, help, suggestion: toggleSuggestion, send: () => outbox.send(), again: next,
  };
  for (const [name, act] of Object.entries(buttons)) {
    byId(`label-${name}`).addEventListener("click", (event) => {
      act();
      if (event.detail) text.focus({ preventScroll: true }); // so that Enter saves after a click
    });
  }
}
