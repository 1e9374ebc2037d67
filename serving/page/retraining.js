// Retraining: starting it, watching it, cancelling it, and what it came to.

import { ask, download, sendsToken } from "./api.js";
import { byId, make } from "./elements.js";
import { drawHistory } from "./history.js";
import { start } from "./model.js";
import { isShown } from "./views.js";
import { counted } from "./words.js";

const SECONDS_BETWEEN_LOOKS = { running: 2, open: 15 };

const isOpen = () => isShown("model");
const [retrain, cancel] = ["retrain", "retrain-cancel"].map(byId);
let timer = 0;
let running = false;

/** Show how far retraining is. `quiet`: without asking for a token. */
export async function look(quiet = false) {
  clearTimeout(timer);
  let seconds = SECONDS_BETWEEN_LOOKS.open;
  try {
    const standing = await ask("retrain", { quiet });
    showProblem("");
    draw(standing);
    if (running) seconds = SECONDS_BETWEEN_LOOKS.running;
  } catch (error) {
    if (isOpen()) showProblem(error.message);
    if (error.status === 401 || error.status === 403) return;
  }
  if (running || isOpen()) timer = setTimeout(look, seconds * 1000, true);
}

async function change(method) {
  retrain.disabled = cancel.disabled = true;
  let problem = "";
  try {
    draw(await ask("retrain", { method, body: method === "POST" ? {} : undefined }));
  } catch (error) {
    problem = error.message;
  }
  cancel.disabled = false;
  await look(true);
  retrain.disabled = running;
  if (problem) showProblem(problem);
}

function draw(standing) {
  const ended = running && standing.state !== "running";
  running = standing.state === "running";
  retrain.disabled = running;
  cancel.hidden = byId("retrain-progress").hidden = !running;
  byId("retrain-progress").value = standing.percent ?? 0;
  byId("retraining-short").textContent = shortWords(standing);
  byId("retrain-far").textContent = running ? farWords(standing) : "";
  const status = byId("retrain-status");
  const words = running ? stageWords(standing) : verdictWords(standing);
  if (status.textContent !== words) status.textContent = words; // else it is read out again
  const reasons = running || standing.state === "idle" ? [] : standing.reasons;
  byId("retrain-reasons").replaceChildren(...reasons.map((reason) => make("li", "", reason)));
  const link = byId("retrain-report");
  link.hidden = running || !standing.report;
  if (!link.hidden) link.href = standing.report;
  if (ended && isOpen()) drawHistory();
  if (ended && standing.promoted) setTimeout(start, 5000); // by then the service has changed over
}

function stageWords({ stage }) {
  return `${stage.charAt(0).toUpperCase()}${stage.slice(1)}.`;
}

function farWords({ percent, eta_seconds: seconds }) {
  const far = `${Math.round(percent ?? 0)}%`;
  if (seconds === null) return far;
  const minutes = Math.round(seconds / 60);
  return `${far}, ${minutes ? `about ${counted(minutes, "minute")}` : "less than a minute"} left`;
}

function shortWords(standing) {
  if (running) return farWords(standing);
  const fresh = standing.new_answers;
  return fresh ? `${counted(fresh, "new answer")} since the last` : "";
}

function verdictWords({ state, promoted, challenger, champion }) {
  if (state === "done" && promoted) return `Promoted: ${challenger} is the champion now.`;
  if (state === "done") return "Nothing to do.";
  if (state === "refused") return `Refused: ${champion} stays the champion.`;
  if (state === "cancelled") return "Cancelled. The champion is as it was.";
  if (state === "failed") return "It did not end well.";
  return "";
}

function showProblem(text) {
  const box = byId("retrain-problem");
  if (box.textContent !== text) box.textContent = text;
  box.hidden = !text;
}

async function saveReport(event) {
  if (!sendsToken()) return; // then the link does
  event.preventDefault();
  try {
    const path = byId("retrain-report").getAttribute("href");
    await download(path, `${path.split("/").pop()}.html`);
  } catch (error) {
    showProblem(error.message);
  }
}

export function listenToRetraining() {
  retrain.addEventListener("click", () => change("POST"));
  cancel.addEventListener("click", () => change("DELETE"));
  byId("retrain-report").addEventListener("click", saveReport);
  look(true);
}
