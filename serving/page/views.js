// The views of the page: reading, labelling, settling, the model, the codebook. The address says
// which is shown.

import { ServiceError, ask, useToken } from "./api.js";
import { byId } from "./elements.js";
import { state } from "./state.js";
import { problemWords } from "./words.js";

const NAME = "framescope:name";
const ROLES = ["reader", "annotator", "adjudicator", "admin"];

const links = [...document.querySelectorAll(".views a")];
const views = new Map(); // name -> {needs, named, open, close}
const signIn = byId("sign-in");
let shown = "read";

/** Who is signed in: {name, role, local}; null before. `local`: no token is needed here. */
export let me = null;

/**
 * Add a view that `needs` a role (none: whoever sees the page sees it) and, where it is `named`, a
 * name too. `open` is called with who is signed in, `close` when it is left.
 */
export function addView(name, { needs = null, named = false, open, close }) {
  views.set(name, { needs, named, open, close });
}

export const isShown = (name) => shown === name && !byId(`${name}-view`).hidden;

export function signOut(why = "") {
  useToken(null);
  sessionStorage.removeItem(NAME);
  me = null;
  show(why);
}

async function findMe() {
  const found = await ask("me", { quiet: true });
  const local = found.name === null;
  const name = local ? sessionStorage.getItem(NAME) : found.name;
  me = { ...found, name, local };
}

async function show(why = "") {
  const wanted = location.hash.slice(1);
  if (wanted && wanted !== "read" && !views.has(wanted)) return; // a link within a view
  views.get(shown)?.close();
  shown = wanted || "read";
  document.body.dataset.view = shown;
  for (const link of links) {
    if (link.hash === `#${shown}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const mains = ["read", ...views.keys()].map((name) => byId(`${name}-view`));
  for (const main of mains) main.hidden = true;
  signIn.hidden = true;
  if (shown === "read" || !views.get(shown).needs) {
    byId(`${shown}-view`).hidden = false;
    views.get(shown)?.open(me);
  } else await enter(shown, why);
}

async function enter(name, why) {
  const { needs, named, open } = views.get(name);
  let problem = why;
  try {
    if (!me) await findMe();
    state.codebook ??= await ask("codebook");
    if (shown !== name) return;
    const may = ROLES.indexOf(me.role) >= ROLES.indexOf(needs);
    if (may && (me.name !== null || !named)) {
      byId(`${name}-view`).hidden = false;
      for (const line of document.querySelectorAll(".who")) line.textContent = whoWords();
      open(me);
      return;
    }
    if (!may) problem = `This needs the role ${needs}; the token “${me.name}” is for a ${me.role}.`;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.status !== 401) problem = problemWords(error);
  }
  if (shown === name) drawSignIn(problem);
}

function whoWords() {
  if (me.local) return me.name ?? "";
  return `${me.name}, ${me.role}`;
}

function drawSignIn(problem) {
  const local = Boolean(me?.local);
  const field = byId("sign-in-field");
  signIn.querySelector("label").textContent = local ? "Your name" : "Token";
  field.type = local ? "text" : "password";
  field.autocomplete = local ? "username" : "off";
  byId("sign-in-help").textContent = local
    ? "No token is needed on this machine. Your answers are kept under this name."
    : "Whoever runs the service makes one for you. It is kept until you close this tab.";
  byId("sign-in-problem").textContent = problem;
  byId("sign-in-problem").hidden = !problem;
  signIn.hidden = false;
  field.value = "";
  field.focus();
}

async function submitSignIn(event) {
  event.preventDefault();
  const given = byId("sign-in-field").value.trim();
  if (!given) return;
  if (me?.local) sessionStorage.setItem(NAME, given);
  else useToken(given);
  me = null;
  try {
    await findMe();
    await show();
  } catch (error) {
    if (error.status === 401) useToken(null);
    drawSignIn(problemWords(error));
  }
}

export function listenToViews() {
  signIn.querySelector("form").addEventListener("submit", submitSignIn);
  for (const button of document.querySelectorAll(".sign-out")) {
    button.addEventListener("click", () => signOut());
  }
  window.addEventListener("hashchange", () => show());
  show();
}
