// Correcting a paragraph.

import { ask } from "./api.js";
import { isCtrlEnter, make, say } from "./elements.js";
import { colour } from "./frames.js";
import { corrections, labelsOf } from "./labels.js";
import { drawParagraph } from "./paragraphs.js";
import { drawProfile } from "./profile.js";
import { state } from "./state.js";
import { stanceNames, stanceWords } from "./words.js";

export function listenToEditor(paragraph) {
  const { element } = paragraph;
  const form = element.querySelector(".editor");
  element.querySelector(".correct").onclick = () => {
    if (form.hidden) openEditor(paragraph);
    else closeEditor(paragraph);
  };
  form.querySelector(".cancel").onclick = () => closeEditor(paragraph);
  form.onsubmit = (event) => {
    event.preventDefault();
    save(paragraph);
  };
  form.onkeydown = (event) => {
    if (event.key === "Escape") closeEditor(paragraph);
    if (!isCtrlEnter(event)) return;
    event.preventDefault();
    form.requestSubmit();
  };
}

function openEditor(paragraph) {
  const form = paragraph.element.querySelector(".editor");
  if (!form.hidden) return;
  const labels = labelsOf(paragraph);
  const rows = state.codebook.frames.map((frame, place) =>
    choiceRow(frame, `${paragraph.id}-${place}`, labels));
  form.querySelector(".choices").replaceChildren(...rows);
  form.querySelector(".problem").hidden = true;
  form.hidden = false;
  paragraph.element.classList.add("editing");
  paragraph.element.querySelector(".correct").setAttribute("aria-expanded", "true");
  form.querySelector("input:checked").focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
}

function closeEditor({ element }) {
  element.querySelector(".editor").hidden = true;
  element.classList.remove("editing");
  const button = element.querySelector(".correct");
  button.setAttribute("aria-expanded", "false");
  button.focus();
}

/** A radio group: absent, then each stance; without stances in the codebook, absent or present. */
function choiceRow(frame, id, labels) {
  const group = make("fieldset", "choice");
  const legend = make("legend");
  legend.append(make("span", "swatch"), make("span", "", frame.name));
  colour(group, frame.name);
  const claim = make("p", "claim", frame.claim);
  claim.id = `claim-${id}`;
  group.setAttribute("aria-describedby", claim.id);
  const stances = state.codebook.stances.length ? stanceNames() : [null];
  const options = make("div", "options");
  for (const [place, stance] of [undefined, ...stances].entries()) {
    const label = make("label", "option");
    const input = make("input");
    Object.assign(input, { type: "radio", name: `choice-${id}`, value: String(place - 1) });
    input.checked = labels.get(frame.name) === stance; // an absent frame gives undefined
    input.dataset.frame = frame.name;
    label.append(input, make("span", "", stanceWords(stance)));
    options.append(label);
  }
  group.append(legend, options, claim);
  return group;
}

/** Frame to stance, in the codebook's order; the value of a choice is its stance's place. */
function chosenLabels(form) {
  const chosen = [...form.querySelectorAll("input:checked")].filter(({ value }) => value !== "-1");
  const stanceOf = ({ value }) => stanceNames()[Number(value)] ?? null;
  return new Map(chosen.map((input) => [input.dataset.frame, stanceOf(input)]));
}

function annotationOf({ text, result }, labels) {
  const frames = state.codebook.stances.length ? Object.fromEntries(labels) : [...labels.keys()];
  const codebook = state.codebook.version; // whose words were answered to, if it is edited meanwhile
  const annotation = { text, frames, codebook }; // whose it is, and that it decides, is known
  return result.language ? { ...annotation, lang: result.language } : annotation;
}

async function save(paragraph) {
  const form = paragraph.element.querySelector(".editor");
  const button = form.querySelector("[type=submit]");
  if (button.disabled) return; // Ctrl + Enter does not ask the button
  const problem = form.querySelector(".problem");
  const labels = chosenLabels(form);
  button.disabled = true;
  problem.hidden = true;
  try {
    await ask("labels", { body: { annotations: [annotationOf(paragraph, labels)] } });
    corrections.set(paragraph.text, labels);
    const same = state.paragraphs.filter(({ text, result }) => result && text === paragraph.text);
    same.forEach(drawParagraph);
    drawProfile();
    closeEditor(paragraph);
    say(`The labels of paragraph ${paragraph.number} are saved.`);
  } catch (error) {
    problem.textContent = `Not saved. ${[error.message, ...(error.problems ?? [])].join("\n")}`;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  } finally {
    button.disabled = false;
  }
}
