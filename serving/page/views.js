// The views of the page: reading, labelling, settling, the model, the codebook. The address says
// which is shown.

import { ServiceError, ask, onToken, tokenFault, useToken } from "./api.js";
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
  byId("skip").hash = `${shown}-view`;
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
    state.codebook = await latestCodebook();
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

/** The codebook, which may have been edited since; out of reach, the one that is known. */
async function latestCodebook() {
  try {
    return await ask("codebook", { quiet: true });
  } catch (error) {
    if (!state.codebook) throw error;
    return state.codebook;
  }
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
  if (!given) return undefined;
  const fault = me?.local ? "" : tokenFault(given);
  if (fault) return drawSignIn(fault);
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
  return undefined;
}

/** Go to what is shown; as a link, it would change the address, which says which view that is. */
function skip(event) {
  event.preventDefault();
  const main = document.querySelector("main:not([hidden])");
  main.tabIndex = -1; // for this once: else each click into it would take the focus
  main.addEventListener("blur", () => main.removeAttribute("tabindex"), { once: true });
  main.focus();
}

export function listenToViews() {
  onToken(() => {
    me = null;
  });
  byId("skip").addEventListener("click", skip);
  signIn.querySelector("form").addEventListener("submit", submitSignIn);
  for (const button of document.querySelectorAll(".sign-out")) {
    button.addEventListener("click", () => signOut());
  }
  window.addEventListener("hashchange", () => show());
  show();
}
