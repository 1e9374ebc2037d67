// What is to be read: a pasted text, with its headings where the clipboard has them, a file that is
// dropped or chosen, or an example.

import { byId, isCtrlEnter, showProblem } from "./elements.js";
import { counted } from "./words.js";

export const TYPES = [".html", ".htm", ".md", ".markdown", ".txt", ".pdf", ".docx"];
const MOST_BYTES = 20 * 2 ** 20; // of a document, as labels/reading/document.py has it
const LONG = 2 ** 20; // from here on a pasted text is sent as a file, which may be larger

const field = byId("article");
let pasted = null; // {html, shown}: what was pasted with markup, and the field's text then

/**
 * What the field holds, as a body for `POST /documents`; null where it is too much, which is said.
 * Pasted markup counts only as long as the text was not changed by hand.
 */
function written() {
  const text = field.value;
  if (pasted?.shown === text) return textBody(pasted.html, "html");
  return textBody(text, "auto");
}

function textBody(content, format) {
  if (content.length < LONG) return { content, format };
  const kind = { html: "html" }[format] ?? "txt";
  return fileBody(new File([content], `pasted.${kind}`));
}

function takePaste(event) {
  const html = event.clipboardData?.getData("text/html");
  if (!html || field.value.trim()) return;
  requestAnimationFrame(() => {
    pasted = { html, shown: field.value };
    drawPasted();
  });
}

function drawPasted() {
  byId("pasted").hidden = pasted?.shown !== field.value || !field.value;
  byId("clear").hidden = !field.value;
}

function fileBody(file) {
  const known = TYPES.some((type) => file.name.toLowerCase().endsWith(type));
  if (!known) {
    showProblem(`${file.name} is none of the files that can be read: ${TYPES.join(", ")}. ` +
      "Save it as one of these, or paste its text.");
    return null;
  }
  if (file.size > MOST_BYTES) {
    const size = (file.size / 2 ** 20).toFixed(1);
    showProblem(`${file.name} has ${size} MB; up to ${MOST_BYTES / 2 ** 20} MB can be read. ` +
      "Send a part of it, or paste its text.");
    return null;
  }
  const body = new FormData();
  body.append("file", file);
  return body;
}

/** `read(body)` is called with what is to be read. */
export function listenToSource(read) {
  const readField = () => {
    showProblem("");
    if (field.value.trim()) {
      const body = written();
      return body && read(body);
    }
    showProblem("There is no text to read. Paste an article into the field, choose a file, or try an example.");
    return field.focus();
  };
  const readFiles = (files) => {
    showProblem("");
    if (files.length > 1) {
      return showProblem(`${counted(files.length, "file")} at once: choose one. ` +
        "For many, use framescope score.");
    }
    const body = files.length ? fileBody(files[0]) : null;
    return body && read(body);
  };
  byId("read").addEventListener("click", readField);
  field.addEventListener("keydown", (event) => {
    if (isCtrlEnter(event) && !byId("read").disabled) readField();
  });
  field.addEventListener("paste", takePaste);
  field.addEventListener("input", drawPasted);
  byId("plain").addEventListener("click", () => {
    pasted = null;
    drawPasted();
    field.focus();
  });
  byId("choose").addEventListener("click", () => byId("file").click());
  byId("file").accept = TYPES.join(",");
  byId("file").addEventListener("change", ({ target }) => {
    readFiles([...target.files]);
    target.value = ""; // so that the same file can be chosen again
  });
  listenForDrops(readFiles);
  for (const button of document.querySelectorAll("[data-example]")) {
    button.addEventListener("click", () => readExample(button.dataset.example, read));
  }
}

async function readExample(name, read) {
  showProblem("");
  const response = await fetch(`page/${name}`).catch(() => null);
  if (!response?.ok) return showProblem("The example cannot be fetched. Is the service still running?");
  const content = await response.text();
  field.value = "";
  pasted = null;
  drawPasted();
  const [, ending] = name.split(".");
  const format = { html: "html", md: "markdown", txt: "text" }[ending];
  return read({ content, format, name });
}

function listenForDrops(readFiles) {
  const zone = byId("input");
  const holdsFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault(); // else the browser would leave the page for the file
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (!byId("read-view").hidden) readFiles([...event.dataTransfer.files]);
  });
}

export function emptySource() {
  field.value = "";
  pasted = null;
  drawPasted();
}
