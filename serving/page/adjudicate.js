// The view for settling disputes: the answers without names first, and a decision by the same keys.

import { ask } from "./api.js";
import { Choices, framesMap, framesValue, framesWords } from "./choices.js";
import { byId, make, onSubmit } from "./elements.js";
import { placeOf } from "./frames.js";
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

/** Fetch the disputes, and show the first; or the second, where the first is the one `after`. */
async function look(after = null) {
  const again = byId("adjudicate-again");
  if (!disputes.length) draw("Asking for disputes…");
  again.disabled = true;
  try {
    const answer = await ask(`disputes?limit=${AT_ONCE}`, { quiet: true });
    if (!isShown("adjudicate")) return undefined;
    ({ disputes, total } = answer);
    place = disputes.length > 1 && disputes[0].id === after ? 1 : 0;
    draw();
  } catch (error) {
    if (!isShown("adjudicate")) return undefined;
    if (error.status === 401) return signOut(problemWords(error));
    disputes = [];
    draw(problemWords(error));
  } finally {
    again.disabled = false;
  }
  return undefined;
}

/** Draw the dispute that is shown; without one, `instead` says why there is none. */
function draw(instead = "") {
  const shown = disputes[place];
  byId("adjudicate-form").hidden = text.hidden = byId("adjudicate-answers").hidden = !shown;
  byId("adjudicate-done").hidden = Boolean(shown);
  byId("adjudicate-done-words").textContent = instead || "No text is in dispute.";
  const words = `${counted(total, "text")} in dispute, ${settled.toLocaleString("en")} settled now`;
  byId("adjudicate-count").textContent = instead ? "" : words;
  byId("adjudicate-about").textContent = "";
  problemIs("");
  if (!shown) return;
  text.textContent = shown.text;
  const { standing } = shown;
  const about = standing ? standingWords(standing) : `They tie on ${shown.frames.join(", ")}.`;
  byId("adjudicate-about").textContent = about;
  byId("adjudicate-form").querySelector("[type=submit]").disabled = Boolean(standing);
  byId("adjudicate-overrule").hidden = !standing;
  drawAnswers(shown);
  choices.set(framesMap(shown.agreed));
  choices.turnGuideTo(placeOf(shown.frames[0]));
  text.focus({ preventScroll: true });
  text.scrollIntoView({ block: "nearest" });
}

const standingWords = ({ by, frames }) =>
  `Settled meanwhile by ${by}: ${framesWords(framesMap(frames))}. Skip it to leave it so.`;

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
  if (!shown || busy) return;
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
    if (shown === disputes[place]) problemIs(problemWords(error));
  }
}

/** Send the decision. `seen`: the number of the one that it overrules; 0: none. */
async function save(seen = 0) {
  const shown = disputes[place];
  if (!shown || busy || (shown.standing && !seen)) return;
  const problem = choices.problem();
  problemIs(problem);
  if (problem) return;
  const frames = choices.get();
  const before = disputes;
  busy = true;
  try {
    const path = `disputes/${encodeURIComponent(shown.id)}`;
    await ask(path, { body: { frames: framesValue(frames), seen }, quiet: true });
    settled += 1;
    if (!shown.standing) total -= 1;
    if (before === disputes) await leave(`Settled: ${framesWords(frames)}.`); // else the view was left
  } catch (error) {
    if (before === disputes) await refused(shown, frames, error);
    else if (isShown("adjudicate")) { // left, and come back to
      problemIs(`“${shown.text.slice(0, 80)}” was not settled. ${problemWords(error)}`);
    }
  } finally {
    busy = false;
  }
}

/** A colleague has settled the text meanwhile, or it was erased; or the decision is at fault. */
async function refused(shown, frames, error) {
  if (error.status === 409 && error.decision) {
    if (!shown.standing) total -= 1;
    shown.standing = error.decision;
    draw();
    choices.set(frames);
  } else if (error.status === 404) {
    if (!shown.standing) total -= 1;
    await leave("That text is gone: it was erased meanwhile.");
  } else problemIs(`Not saved. ${problemWords(error)}`);
}

/** Take out the text that is shown, and go on to the next. */
async function leave(words) {
  said(words);
  disputes.splice(place, 1);
  if (!disputes.length) return look();
  place %= disputes.length;
  return draw();
}

function go(step, words) {
  const shown = disputes[place];
  if (busy || !shown) return undefined;
  if (shown.standing) return leave("Left as it was settled.");
  if (disputes.length < 2 && total < 2) return said("This is the only one.");
  said(words);
  if (disputes.length < 2) return lookBeyond(shown.id);
  place = (place + step + disputes.length) % disputes.length;
  return draw();
}

/** Fetch those beside the one that is shown, which cannot be decided meanwhile. */
async function lookBeyond(id) {
  busy = true;
  try {
    await look(id);
  } finally {
    busy = false;
  }
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
  save: () => save(), help,
  skip: () => go(1, "Skipped."),
  back: () => go(-1, "The text before."),
  guide: () => byId("adjudicate-guide").toggleAttribute("open"),
  suggestion: toggleNames,
};

function onKey(event) {
  if (!isShown("adjudicate")) return;
  const key = pressed(event);
  if (!key || event.repeat) return;
  const words = COMMANDS[key] || busy || !disputes.length ? "" : choices.press(key);
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
  onSubmit(byId("adjudicate-form"), () => save());
  const overrule = () => save(disputes[place].standing.number);
  const again = () => look();
  const buttons = { names: toggleNames, skip: COMMANDS.skip, help, overrule, again };
  for (const [name, act] of Object.entries(buttons)) {
    byId(`adjudicate-${name}`).addEventListener("click", (event) => {
      act();
      if (event.detail) text.focus({ preventScroll: true });
    });
  }
}
