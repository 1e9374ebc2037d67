// How a frame looks wherever it stands, and what is said of it on hover and focus.

import { byId, make } from "./elements.js";
import { state } from "./state.js";
import { stanceNames } from "./words.js";

const HUES = 8; // colours in style.css; a ninth frame takes the first colour and another shape
const PATTERNS = 4;
const GRACE = 300; // milliseconds to reach a card that stands beside its button
const MARGIN = 12; // pixels that a card keeps from the edge of the window

const tip = byId("tip");
const cards = new WeakMap(); // button -> what makes its card
let tipOwner = null;
let leaving = 0; // the timer of a pointer that left the button, perhaps for the card

export const placeOf = (frame) => state.codebook.frames.findIndex(({ name }) => name === frame);

/** Give an element its frame's colour and shape; both repeat, so the name is always beside it. */
export function colour(element, frame) {
  const place = Math.max(placeOf(frame), 0);
  element.dataset.hue = place % HUES;
  element.dataset.shape = Math.floor(place / HUES) % 3;
}

/** The colour of the frame at this place in the codebook, as style.css has it. */
export function hueOf(place) {
  const probe = make("i");
  probe.dataset.hue = place % HUES;
  document.body.append(probe);
  const hue = getComputedStyle(probe).getPropertyValue("--hue").trim();
  probe.remove();
  return hue;
}

export const patternOf = (stance) =>
  (stance === null ? 0 : Math.max(stanceNames().indexOf(stance), 0) % PATTERNS);

export function pattern(element, stance) {
  element.dataset.pattern = patternOf(stance);
}

/** Name a frame in a row that has a button for it; `card()` makes what is said of it. */
export function fillFrame(row, frame, card = () => claimCard(frame)) {
  const button = row.querySelector(".frame");
  button.querySelector(".name").textContent = frame;
  button.dataset.frame = frame;
  cards.set(button, card);
  colour(row, frame);
}

function claimCard(name) {
  const frame = state.codebook?.frames.find((entry) => entry.name === name);
  if (!frame?.claim && !frame?.definition) return [];
  return [make("b", "", name), make("p", "claim", frame.claim), make("p", "", frame.definition)];
}

function stay() {
  clearTimeout(leaving);
  leaving = 0;
}

function showTip(button) {
  stay();
  if (tipOwner === button) return;
  const parts = cards.get(button)?.() ?? [];
  hideTip();
  if (!parts.length) return;
  tipOwner = button;
  button.closest(".tag")?.classList.add("open");
  tip.replaceChildren(...parts);
  button.closest("main").append(tip); // what lies outside of every landmark is easily missed
  colour(tip, button.dataset.frame);
  tip.hidden = false;
  button.setAttribute("aria-describedby", "tip");
  const [left, top] = placeBy(button);
  tip.style.setProperty("--left", `${left + window.scrollX}px`);
  tip.style.setProperty("--top", `${top + window.scrollY}px`);
}

/**
 * Where the card goes: below the button; where that would cover what it speaks of, or the window
 * ends, beside it; above it as the last resort.
 */
function placeBy(button) {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const room = document.documentElement.clientWidth - MARGIN - width;
  const place = button.getBoundingClientRect();
  const list = button.closest("#profile");
  const beside = (list ?? button.closest(".body") ?? button).getBoundingClientRect();
  const fits = place.bottom + height < window.innerHeight;
  const sides = [beside.right + MARGIN, beside.left - width - MARGIN];
  const side = sides.find((left) => left >= MARGIN && left <= room);
  if ((list || !fits) && side) {
    const lowest = window.innerHeight - MARGIN - height;
    return [side, Math.max(Math.min(place.top, lowest), MARGIN)];
  }
  const top = fits || place.top < height ? place.bottom : place.top - height;
  return [Math.max(Math.min(place.left, room), MARGIN), top];
}

/**
 * Put new rows into a list. The focus and the card of a button in it go to the new button of the
 * same frame, so that neither is taken away from under the reader.
 */
export function replaceRows(list, rows) {
  const focused = placeIn(list, document.activeElement);
  const open = placeIn(list, tipOwner);
  list.replaceChildren(...rows);
  const [next, owner] = [focused, open].map((place) => place && buttonsOf(list, place.frame)[place.at]);
  next?.focus({ preventScroll: true });
  if (owner) showTip(owner);
  else if (open || next) hideTip();
}

const buttonsOf = (list, frame) =>
  [...list.querySelectorAll(".frame")].filter((button) => button.dataset.frame === frame);

function placeIn(list, button) {
  if (!button?.matches(".frame") || !list.contains(button)) return null;
  const { frame } = button.dataset;
  return { frame, at: buttonsOf(list, frame).indexOf(button) };
}

function hideTip() {
  stay();
  tip.hidden = true;
  tipOwner?.removeAttribute("aria-describedby");
  tipOwner?.closest(".tag")?.classList.remove("open");
  tipOwner = null;
}

export function listenForTips() {
  let pointer = ""; // where it was last; what scrolls under a pointer at rest is not pointed at
  const at = ({ screenX, screenY }) => `${screenX} ${screenY}`;
  document.addEventListener("pointermove", (event) => {
    pointer = at(event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
  for (const kind of ["pointerover", "focusin", "click"]) {
    document.addEventListener(kind, (event) => {
      if (kind === "pointerover" && at(event) === pointer) return;
      const button = event.target.closest(".frame");
      const filters = kind === "click" && button?.matches(".filter"); // and may move what is below it
      if (button && !filters) showTip(button);
      else if (tip.contains(event.target)) stay();
      else if (kind !== "pointerover") hideTip();
      else if (tipOwner) leaving ||= setTimeout(hideTip, GRACE);
    });
  }
}
