// The answer on one text: which frames, and the stance on each, by keys or by hand.

import { codebookEntry, guidelineElements } from "./codebook.js";
import { byId, make } from "./elements.js";
import { colour } from "./frames.js";
import { keysOf } from "./keys.js";
import { state } from "./state.js";
import { stanceNames, stanceWords } from "./words.js";

const BESIDE = "(min-width: 70rem)"; // where label.css puts the guidelines beside the text

/**
 * The choices of one view, whose elements' ids begin with `view`. `changed` is called when the
 * answer is changed by the user.
 */
export class Choices {
  constructor(view, changed = () => {}) {
    this.view = view;
    this.changed = changed;
    this.form = byId(`${view}-form`);
    this.list = this.form.querySelector(".frames");
    this.last = null; // the frame whose stance a key sets
    this.list.addEventListener("change", (event) => this.#choose(event.target));
  }

  draw() {
    const guide = byId(`${this.view}-guide`);
    if (!this.keys) guide.open = matchMedia(BESIDE).matches; // later it is as it was left
    this.keys = keysOf(state.codebook);
    const rows = state.codebook.frames.map((frame, place) => this.#row(frame, place));
    this.list.replaceChildren(...rows);
    byId(`${this.view}-guide-frames`).replaceChildren(
      ...state.codebook.frames.map(codebookEntry),
    );
    const lines = guidelineElements(state.codebook.guidelines);
    byId(`${this.view}-guidelines`).replaceChildren(...lines);
  }

  /** Show an answer: a map of frame to stance. */
  set(frames) {
    this.last = null;
    for (const [place, { name }] of state.codebook.frames.entries()) {
      this.#box(place).checked = frames.has(name);
      for (const radio of this.#radios(place)) radio.checked = radio.value === frames.get(name);
    }
    this.#mark();
  }

  /** The answer: frame to stance, in the codebook's order; undefined where none is chosen yet. */
  get() {
    const none = state.codebook.stances.length ? undefined : null;
    const frames = new Map();
    for (const [place, { name }] of state.codebook.frames.entries()) {
      if (!this.#box(place).checked) continue;
      frames.set(name, this.#radios(place).find(({ checked }) => checked)?.value ?? none);
    }
    return frames;
  }

  /** Why the answer cannot be saved yet, or "". */
  problem() {
    const missing = [...this.get()].filter(([, stance]) => stance === undefined);
    if (!missing.length) return "";
    const { stances } = this.keys;
    const ways = stances.map((key, place) => `${key} ${stanceNames()[place]}`).join(", ");
    return `Choose a stance on ${missing.map(([frame]) => frame).join(", ")}: ${ways}.`;
  }

  /** Do what a key stands for, and return it in words; "" where it stands for nothing. */
  press(key) {
    const frame = this.keys.frames.indexOf(key);
    if (frame >= 0) {
      const box = this.#box(frame);
      box.checked = !box.checked;
      this.#choose(box);
      return `${state.codebook.frames[frame].name} ${box.checked ? "marked" : "not marked"}`;
    }
    const stance = this.keys.stances.indexOf(key);
    if (stance < 0) return "";
    if (this.last === null) return "Choose a frame first.";
    const radio = this.#radios(this.last)[stance];
    radio.checked = true;
    this.#choose(radio);
    return `${state.codebook.frames[this.last].name}: ${radio.value}`;
  }

  /** The keys in words. */
  keyRows() {
    const frames = state.codebook.frames.map(({ name }, place) => [this.keys.frames[place], name]);
    const about = (name) => `${name}, on the frame chosen last`;
    const stances = stanceNames().map((name, place) => [this.keys.stances[place], about(name)]);
    return [...frames, ...stances];
  }

  #choose(input) {
    const place = Number(input.dataset.place);
    if (input.type === "radio") this.#box(place).checked = true;
    const on = this.#box(place).checked;
    if (!on) for (const radio of this.#radios(place)) radio.checked = false;
    this.last = on ? place : null;
    if (on) this.turnGuideTo(place);
    this.#mark();
    this.changed();
  }

  /** Show what the codebook says of a frame, where the guidelines stand beside the text. */
  turnGuideTo(place) {
    const entry = byId(`${this.view}-guide-frames`).children[place];
    byId(`${this.view}-guide`).scrollTop = entry?.offsetTop ?? 0;
  }

  #mark() {
    for (const [place, row] of [...this.list.children].entries()) {
      row.classList.toggle("on", this.#box(place).checked);
      row.classList.toggle("last", place === this.last);
    }
  }

  #row(frame, place) {
    const row = make("fieldset", "row");
    colour(row, frame.name);
    row.append(make("legend", "visually-hidden", frame.name));
    const input = make("input");
    Object.assign(input, { type: "checkbox", value: frame.name, title: frame.claim });
    const label = this.#option("frame-option", input, this.keys.frames[place], place);
    label.append(make("span", "swatch"), make("span", "name", frame.name));
    const stances = make("div", "stances");
    for (const [number, stance] of stanceNames().entries()) {
      const radio = make("input");
      Object.assign(radio, { type: "radio", name: `${this.view}-${place}`, value: stance });
      const option = this.#option("stance-option", radio, this.keys.stances[number], place);
      option.append(make("span", "name", stanceWords(stance)));
      stances.append(option);
    }
    row.append(label, stances);
    return row;
  }

  #option(kind, input, key, place) {
    const label = make("label", kind);
    input.dataset.place = place;
    label.append(input);
    if (key) {
      input.setAttribute("aria-keyshortcuts", key);
      const hint = make("kbd", "", key);
      hint.setAttribute("aria-hidden", "true");
      label.append(hint);
    }
    return label;
  }

  #box(place) {
    return this.list.children[place].querySelector("[type=checkbox]");
  }

  #radios(place) {
    return [...this.list.children[place].querySelectorAll("[type=radio]")];
  }
}

/** Frames as the service takes them: a list where the codebook has no stances. */
export function framesValue(frames) {
  return state.codebook.stances.length ? Object.fromEntries(frames) : [...frames.keys()];
}

/** Frames as the service gives them, as a map. */
export function framesMap(value) {
  if (Array.isArray(value)) return new Map(value.map((name) => [name, null]));
  return new Map(Object.entries(value ?? {}));
}

/** Frames in words, in the codebook's order. */
export function framesWords(frames) {
  const words = [...frames].map(([name, stance]) =>
    stance ? `${name}: ${stanceWords(stance)}` : name);
  return words.join(", ") || "no frame";
}
