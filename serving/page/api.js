// Asking the service: its errors, its token, its busy times.

import { byId, say } from "./elements.js";
import { counted } from "./words.js";

const BUSY_RETRIES = 5;

const TOKEN = "framescope:token";
const NO_TOKEN = "This is no token: it holds letters, digits and signs of ASCII alone, and no spaces. " +
  "Copy it once more.";

let token = null;
let tokenChanged = () => {};

export class ServiceError extends Error {
  /** `more`: of the error that the service told {type, problems, …}. */
  constructor(status, message, more = {}, retryAfter = 0) {
    super(message);
    Object.assign(this, { status, problems: [], ...more, retryAfter });
  }
}

async function request(path, { body, signal, method = body ? "POST" : "GET" } = {}) {
  const headers = { Accept: "application/json" };
  const form = body instanceof FormData; // which names its own type
  if (body && !form) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  let answer = null;
  try {
    const sent = form ? body : body && JSON.stringify(body);
    response = await fetch(path, { method, headers, signal, body: sent, cache: "no-store" });
    answer = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    if (!response) throw new ServiceError(0, "The service cannot be reached. Is it still running?");
  }
  if (response.ok && answer) return answer;
  const { message, ...more } = answer?.error ?? {};
  const text = message ?? `The service answered ${response.status} without saying why.`;
  const wait = Number(response.headers.get("Retry-After")) || 1;
  throw new ServiceError(response.status, text, more, wait);
}

/**
 * `request`, which asks for a token when one is needed, unless it is `quiet`, and waits when the
 * service is busy.
 */
export async function ask(path, options = {}) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request(path, options);
    } catch (error) {
      const needed = error.status === 401 && !options.quiet;
      if (needed && (await tokenGiven(error.message))) continue;
      const busy = error.status === 429 || error.type === "busy";
      if (!busy || attempt >= BUSY_RETRIES) throw error;
      say(`The service is busy. Trying again in ${counted(error.retryAfter, "second")}.`);
      await pause(error.retryAfter, options.signal);
    }
  }
}

export const sendsToken = () => token !== null;

/** `act()` is called whenever another token is sent from now on, or none any more. */
export function onToken(act) {
  tokenChanged = act;
}

/** What is wrong with a token that was typed in, in words; "" where it can be sent. */
export const tokenFault = (given) => (/^[\x21-\x7e]+$/.test(given) ? "" : NO_TOKEN);

/** Send this token from now on; null: none. */
export function useToken(given) {
  token = given;
  if (given === null) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, given);
  tokenChanged();
}

const earlier = sessionStorage.getItem(TOKEN); // gone when the tab is closed
if (earlier !== null) useToken(tokenFault(earlier) ? null : earlier);

/** Save what is at `path` as a file: a link could not fetch it, since links send no token. */
export async function download(path, name) {
  const response = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new ServiceError(response.status, `The service answered ${response.status}.`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
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

let asking = null;

/** Ask for a token, once for all requests that need it at this moment. */
function tokenGiven(why) {
  asking ??= askForToken(why).finally(() => {
    asking = null;
  });
  return asking;
}

function askForToken(why) {
  const dialog = byId("token-dialog");
  const field = byId("token");
  const help = byId("token-help");
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    const fault = tokenFault(field.value.trim());
    if (fault) help.textContent = fault;
    else dialog.close("use");
  };
  dialog.querySelector("[type=button]").onclick = () => dialog.close("");
  help.textContent = why;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (dialog.returnValue === "use") useToken(field.value.trim());
      field.value = "";
      resolve(dialog.returnValue === "use");
    };
  });
}
