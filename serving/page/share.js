// The result as one HTML file that needs no service and no script. It is made of the page's own
// elements, whose texts the browser escapes when it writes them out.

import { judgementCard } from "./card.js";
import { byId, make } from "./elements.js";
import { colour } from "./frames.js";
import { corrections } from "./labels.js";
import { evidenceRules } from "./marks.js";
import { scored, state } from "./state.js";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; " +
  "form-action 'none'";
const LEFT_OUT = "button:not(.frame), form, .evidence, .notes:empty, .help, #take, #filter, [hidden]";

const OF_THE_MOMENT = ["out", "filtered", "open", "editing"]; // what is filtered, pointed at, edited

export function sharedHtml() {
  const page = document.implementation.createHTMLDocument(titleWords());
  page.documentElement.lang = "en";
  const policy = make("meta");
  Object.assign(policy, { httpEquiv: "Content-Security-Policy", content: POLICY });
  const charset = make("meta");
  charset.setAttribute("charset", "utf-8");
  const view = make("meta");
  Object.assign(view, { name: "viewport", content: "width=device-width, initial-scale=1" });
  page.head.prepend(charset, policy, view);
  page.body.className = "shared";
  const main = make("main");
  main.append(profileCopy(), articleCopy());
  page.body.append(main, footer());
  const html = page.documentElement.outerHTML;
  // As text: the page's own policy would forbid the element. A title cannot end the head, it is escaped.
  const styles = `<style>${ownStyles()}\n${evidenceRules()}</style></head>`;
  return `<!doctype html>\n${html.replace("</head>", () => styles)}\n`;
}

const titleWords = () => `${state.answer.document.title ?? "Text without a title"} · Framescope`;

/** The rules of the page's own style sheets. */
function ownStyles() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return rules.map((rule) => rule.cssText).join("\n");
}

function copy(element) {
  const copied = element.cloneNode(true);
  for (const part of copied.querySelectorAll(LEFT_OUT)) part.remove();
  for (const part of copied.querySelectorAll(`.${OF_THE_MOMENT.join(", .")}`)) {
    part.classList.remove(...OF_THE_MOMENT);
  }
  for (const button of copied.querySelectorAll("button.frame")) {
    const plain = make("span", "frame");
    plain.append(...button.childNodes);
    if (button.closest(".tag:not(.own)")) plain.tabIndex = 0; // its evidence shows on focus
    button.replaceWith(plain);
  }
  for (const part of copied.querySelectorAll("[aria-live], [role=status]")) part.removeAttribute("role");
  return copied;
}

function profileCopy() {
  const profile = copy(byId("profile-part"));
  for (const part of profile.querySelectorAll("details")) part.open = true;
  return profile;
}

function articleCopy() {
  const article = copy(byId("results"));
  article.removeAttribute("aria-busy");
  raise(article.querySelector("#results-heading"), "h1");
  for (const heading of article.querySelectorAll("h3")) raise(heading, "h2");
  const copies = [...article.querySelectorAll(".paragraph")];
  const originals = [...byId("results").querySelectorAll(".paragraph")];
  for (const paragraph of scored()) {
    const frames = paragraph.result.frames.filter((frame) => frame.present || frame.uncertain);
    const copied = copies[originals.indexOf(paragraph.element)];
    if (frames.length) copied.querySelector(".body").append(detailsOf(paragraph, frames));
  }
  return article;
}

/** Put another element in a heading's place: the file has no heading above the article's own. */
function raise(heading, tag) {
  const higher = make(tag, heading.className, heading.textContent);
  Object.assign(higher, { id: heading.id, dir: heading.dir, lang: heading.lang });
  heading.replaceWith(higher);
}

function detailsOf(paragraph, frames) {
  const box = make("details", "judged");
  const set = corrections.has(paragraph.text);
  box.append(make("summary", "", set ? "What the model said" : "Scores and evidence"));
  for (const frame of frames) {
    const card = make("div", "card");
    colour(card, frame.label);
    card.append(...judgementCard(paragraph, frame));
    box.append(card);
  }
  return box;
}

function footer() {
  const day = new Date().toLocaleDateString("en-GB", { dateStyle: "long" });
  const words = `Made with Framescope on ${day}. The frames are a model’s reading, not a fact: ` +
    "scores inside the band around a threshold are often wrong.";
  return make("footer", "foot", words);
}
