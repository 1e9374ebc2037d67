// Small pieces of the page. Whatever comes from outside enters it through `textContent`, never
// as HTML.

export const byId = (id) => document.getElementById(id);

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

export function clone(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

export function say(text) {
  byId("status").textContent = text;
}

export function showProblem(text, again = null) {
  const box = byId("problem");
  const button = box.querySelector("button");
  box.querySelector("p").textContent = text;
  button.hidden = !again;
  button.onclick = again;
  box.hidden = !text;
  if (text) box.scrollIntoView({ block: "nearest" });
}

/**
 * Do `act` when a form is sent. A double click sends it once: by the second one another text is
 * shown, which nobody has read.
 */
export function onSubmit(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
  form.querySelector("[type=submit]").addEventListener("click", (event) => {
    if (event.detail > 1) event.preventDefault();
  });
}

export function isCtrlEnter(event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey);
}
