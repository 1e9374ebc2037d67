// The view for settling disputes: the answers without names first, and a decision by the same keys.

import { ask } from "./api.js";
import { Choices, framesMap, framesValue, framesWords } from "./choices.js";
import { byId, make } from "./elements.js";
import { pressed, showKeys } from "./keys.js";
import { addView, isShown, signOut } from "./views.js";
import { counted, problemWords } from "./words.js";

const AT_ONCE = 20;

const text = byId("adjudicate-text");
const choices = new Choices("adjudicate");
let disputes = [];
let total = 0;
let place = 0; // of the dispute that is shown
let settled = 0; // since the view was opened
let busy = false;

async function open() {
  choices.draw();
  settled = 0;
  await look();
}

function close() {
  disputes = [];
}

async function look() {
  try {
    const answer = await ask(`disputes?limit=${AT_ONCE}`, { quiet: true });
    ({ disputes, total } = answer);
    place = 0;
    draw();
  } catch (error) {
    if (error.status === 401) return signOut(problemWords(error));
    disputes = [];
    draw(problemWords(error));
  }
  return undefined;
}

function draw(problem = "") {
  const shown = disputes[place];
  byId("adjudicate-form").hidden = text.hidden = byId("adjudicate-answers").hidden = !shown;
  byId("adjudicate-done").hidden = Boolean(shown);
  byId("adjudicate-done-words").textContent = problem || "No text is in dispute.";
  const words = `${counted(total, "text")} in dispute, ${settled.toLocaleString("en")} settled now`;
  byId("adjudicate-count").textContent = problem ? "" : words;
  problemIs("");
  if (!shown) return;
  text.textContent = shown.text;
  byId("adjudicate-about").textContent = `They tie on ${shown.frames.join(", ")}.`;
  drawAnswers(shown);
  choices.set(framesMap(shown.agreed));
  text.focus({ preventScroll: true });
  text.scrollIntoView({ block: "nearest" });
}

function drawAnswers({ answers, annotators }) {
  const rows = answers.map((frames, number) => {
    const row = make("li");
    const who = annotators ? annotators[number] : `Answer ${number + 1}`;
    row.append(make("b", "", who), make("span", "", framesWords(framesMap(frames))));
    return row;
  });
  byId("adjudicate-list").replaceChildren(...rows);
  byId("adjudicate-names").setAttribute("aria-pressed", String(Boolean(annotators)));
}

async function toggleNames() {
  const shown = disputes[place];
  if (!shown) return;
  if (shown.annotators) {
    drawAnswers({ ...shown, annotators: null });
    shown.annotators = null;
    return;
  }
  try {
    const answer = await ask(`disputes?names=true&limit=200`, { quiet: true });
    const named = answer.disputes.find(({ id }) => id === shown.id);
    if (!named) return;
    shown.answers = named.answers;
    shown.annotators = named.annotators;
    if (shown === disputes[place]) drawAnswers(shown);
  } catch (error) {
    problemIs(problemWords(error));
  }
}

async function save() {
  const shown = disputes[place];
  if (!shown || busy) return;
  const problem = choices.problem();
  problemIs(problem);
  if (problem) return;
  const frames = choices.get();
  busy = true;
  try {
    const path = `disputes/${encodeURIComponent(shown.id)}`;
    await ask(path, { body: { frames: framesValue(frames) }, quiet: true });
    said(`Settled: ${framesWords(frames)}.`);
    settled += 1;
    total -= 1;
    disputes.splice(place, 1);
    if (disputes.length) {
      place %= disputes.length;
      draw();
    } else await look();
  } catch (error) {
    problemIs(`Not saved. ${problemWords(error)}`);
  } finally {
    busy = false;
  }
}

function go(step, words) {
  if (disputes.length < 2) return said("This is the only one.");
  place = (place + step + disputes.length) % disputes.length;
  draw();
  return said(words);
}

function problemIs(words) {
  byId("adjudicate-problem").textContent = words;
  byId("adjudicate-problem").hidden = !words;
}

function said(words) {
  byId("adjudicate-said").textContent = words;
}

function help() {
  showKeys([
    ...choices.keyRows(), ["Enter", "decide, and on to the next text"],
    ["s", "skip: on to the next text"], ["u or Backspace", "to the text before"],
    ["m", "who gave which answer"], ["g", "guidelines"], ["?", "these keys"],
  ]);
}

const COMMANDS = {
  save, help,
  skip: () => go(1, "Skipped."),
  back: () => go(-1, "The text before."),
  guide: () => byId("adjudicate-guide").toggleAttribute("open"),
  suggestion: toggleNames,
};

function onKey(event) {
  if (!isShown("adjudicate")) return;
  const key = pressed(event);
  if (!key || event.repeat) return;
  const words = COMMANDS[key] || !disputes.length ? "" : choices.press(key);
  if (!COMMANDS[key] && !words) return;
  event.preventDefault();
  if (COMMANDS[key]) COMMANDS[key]();
  else {
    problemIs("");
    said(words);
  }
}

export function listenToAdjudicating() {
  addView("adjudicate", { needs: "adjudicator", named: false, open, close });
  document.addEventListener("keydown", onKey);
  byId("adjudicate-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  const buttons = { names: toggleNames, skip: COMMANDS.skip, help, again: look };
  for (const [name, act] of Object.entries(buttons)) {
    byId(`adjudicate-${name}`).addEventListener("click", (event) => {
      act();
      if (event.detail) text.focus({ preventScroll: true });
    });
  }
}
