// Asking the service: its errors, its token, its busy times.

import { byId, say } from "./elements.js";
import { counted } from "./words.js";

const BUSY_RETRIES = 5;

const TOKEN = "framescope:token";

let token = sessionStorage.getItem(TOKEN); // gone when the tab is closed

export class ServiceError extends Error {
  constructor(status, message, problems = [], retryAfter = 0) {
    super(message);
    Object.assign(this, { status, problems, retryAfter });
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
  const { message, problems } = answer?.error ?? {};
  const text = message ?? `The service answered ${response.status} without saying why.`;
  const wait = Number(response.headers.get("Retry-After")) || 1;
  throw new ServiceError(response.status, text, problems, wait);
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
      if (error.status !== 429 || attempt >= BUSY_RETRIES) throw error;
      say(`The service is busy. Trying again in ${counted(error.retryAfter, "second")}.`);
      await pause(error.retryAfter, options.signal);
    }
  }
}

export const sendsToken = () => token !== null;

/** Send this token from now on; null: none. */
export function useToken(given) {
  token = given;
  if (given === null) sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, given);
}

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
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    dialog.close("use");
  };
  dialog.querySelector("[type=button]").onclick = () => dialog.close("");
  byId("token-help").textContent = why;
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
