// The models there have been, and which of them answered when.

import { ask, download, sendsToken } from "./api.js";
import { byId, make } from "./elements.js";
import { problemWords, twoDigits } from "./words.js";

/** Fetch and draw the history. A failure is said in its place. */
export async function drawHistory() {
  const problem = byId("history-problem");
  try {
    const { models, promotions } = await ask("models");
    problem.hidden = true;
    const table = byId("history-models");
    table.replaceChildren(...models.map(modelRow));
    byId("history-promotions").replaceChildren(...promotions.map(promotionRow));
    byId("history").hidden = false;
  } catch (error) {
    problem.textContent = problemWords(error);
    problem.hidden = false;
  }
}

function modelRow({ model, created, base_model: base, champion, pruned, macro_f1: figure, report }) {
  const row = make("tr");
  const name = make("th", "", model);
  name.scope = "row";
  const marks = [champion && "champion", pruned && "bundle removed"].filter(Boolean);
  const last = make("td", "", marks.join(", "));
  if (report) last.append(marks.length ? " · " : "", reportLink(model));
  row.append(name, make("td", "", dayWords(created)), make("td", "", base),
    make("td", "", figureCell(figure)), last);
  return row;
}

function figureCell(figure) {
  if (!figure || figure.value === null) return "not measured";
  const { value, low, high } = figure;
  return low === null ? twoDigits(value) : `${twoDigits(value)} [${twoDigits(low)}, ${twoDigits(high)}]`;
}

/** A link to a report, which is fetched with the token where there is one. */
function reportLink(model) {
  const path = `reports/${encodeURIComponent(model)}`;
  const link = make("a", "", "report");
  Object.assign(link, { href: path, target: "_blank" });
  link.setAttribute("aria-label", `Report on ${model}`);
  link.addEventListener("click", async (event) => {
    if (!sendsToken()) return;
    event.preventDefault();
    try {
      await download(path, `${model}.html`);
    } catch (error) {
      byId("history-problem").textContent = problemWords(error);
      byId("history-problem").hidden = false;
    }
  });
  return link;
}

function promotionRow({ model, at, by, reason }) {
  const row = make("tr");
  const day = make("th", "", dayWords(at));
  day.scope = "row";
  row.append(day, make("td", "", model), make("td", "", by), make("td", "", reason));
  return row;
}

function dayWords(at) {
  const words = { dateStyle: "medium", timeStyle: "short" };
  return new Date(at).toLocaleString("en-GB", words);
}
