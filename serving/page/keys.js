// Keys of labelling: which key stands for which frame and stance, and when keys are listened to.

import { byId, make } from "./elements.js";

const COMMANDS = { s: "skip", u: "back", g: "guide", m: "suggestion" };
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const OFF = "framescope:keys-off";

/**
 * Return {frames, stances}: for each, in the codebook's order, its key, or "" where none is left.
 *
 * Frames have the digits from 1 on. A stance has the first letter of its name that is still free,
 * else the first free one there is; frames beyond the ninth then take the letters that are left.
 */
export function keysOf({ frames, stances }) {
  const taken = new Set(Object.keys(COMMANDS));
  const take = (letters) => {
    const letter = [...letters].find((one) => LETTERS.includes(one) && !taken.has(one)) ?? "";
    taken.add(letter);
    return letter;
  };
  const ofStances = stances.map(({ name }) => take(name.toLowerCase() + LETTERS));
  const ofFrames = frames.map((_, place) => (place < 9 ? String(place + 1) : take(LETTERS)));
  return { frames: ofFrames, stances: ofStances };
}

/** What a key press asks for by itself: a command, a key in lower case, or null. */
export function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  if (document.querySelector("dialog[open]")) return null;
  const { target, key } = event;
  const kind = target.type;
  if (target.matches("textarea, select") || (target.matches("input") && !isChoice(kind))) return null;
  if (key === "Enter") return target.closest("button, a, summary") ? null : "save";
  if (areOff() || key.length > 1) return key === "Backspace" && !areOff() ? "back" : null;
  if (key === "?") return "help";
  return COMMANDS[key.toLowerCase()] ?? key.toLowerCase();
}

const isChoice = (kind) => kind === "checkbox" || kind === "radio";
const areOff = () => localStorage.getItem(OFF) === "yes";

/** Show the keys; `rows`: [key, what it does]. */
export function showKeys(rows) {
  const dialog = byId("keys-dialog");
  const lines = rows.filter(([key]) => key).flatMap(([key, words]) => {
    const term = make("dt");
    term.append(make("kbd", "", key));
    return [term, make("dd", "", words)];
  });
  byId("keys-list").replaceChildren(...lines);
  const box = byId("keys-off");
  box.checked = areOff();
  box.onchange = () => localStorage.setItem(OFF, box.checked ? "yes" : "no");
  dialog.querySelector("button").onclick = () => dialog.close();
  dialog.showModal();
}
