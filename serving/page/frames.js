// How a frame looks wherever it stands, and what it claims, on hover and focus.

import { byId, make } from "./elements.js";
import { state } from "./state.js";
import { stanceNames } from "./words.js";

const HUES = 8; // colours in style.css; a ninth frame takes the first colour and another shape
const PATTERNS = 4;

const tip = byId("tip");
let tipOwner = null;

/** Give an element its frame's colour and shape; both repeat, so the name is always beside it. */
export function colour(element, frame) {
  const place = state.codebook.frames.findIndex((entry) => entry.name === frame);
  element.dataset.hue = Math.max(place, 0) % HUES;
  element.dataset.shape = Math.floor(Math.max(place, 0) / HUES) % 3;
}

export function pattern(element, stance) {
  element.dataset.pattern = stance === null ? 0 : stanceNames().indexOf(stance) % PATTERNS;
}

export function fillFrame(row, frame) {
  const button = row.querySelector(".frame");
  button.querySelector(".name").textContent = frame;
  button.dataset.frame = frame;
  colour(row, frame);
}

function showTip(button) {
  const frame = state.codebook?.frames.find(({ name }) => name === button.dataset.frame);
  if (tipOwner === button || (!frame?.claim && !frame?.definition)) return;
  hideTip();
  tipOwner = button;
  const claim = make("p", "claim", frame.claim);
  tip.replaceChildren(make("b", "", frame.name), claim, make("p", "", frame.definition));
  tip.hidden = false;
  button.setAttribute("aria-describedby", "tip");
  const place = button.getBoundingClientRect();
  const left = Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 12);
  const below = place.bottom + tip.offsetHeight < window.innerHeight;
  const top = below ? place.bottom : place.top - tip.offsetHeight;
  tip.style.setProperty("--left", `${Math.max(left, 12) + window.scrollX}px`);
  tip.style.setProperty("--top", `${top + window.scrollY}px`);
}

function hideTip() {
  tip.hidden = true;
  tipOwner?.removeAttribute("aria-describedby");
  tipOwner = null;
}

export function listenForTips() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
  for (const kind of ["pointerover", "focusin", "click"]) {
    document.addEventListener(kind, (event) => {
      const button = event.target.closest(".frame");
      if (button) showTip(button);
      else if (!tip.contains(event.target)) hideTip();
    });
  }
}
