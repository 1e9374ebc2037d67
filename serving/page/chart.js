// The document's profile as a picture for a slide: SVG and, drawn from it, PNG.

import { hueOf, patternOf } from "./frames.js";
import { fitted, isRtl, widthOf, wrapped } from "./measure.js";
import { profileOf } from "./profile.js";
import { scored, state } from "./state.js";
import { counted, signOf, stanceNames, stanceWords } from "./words.js";

const [WIDTH, HEIGHT] = [960, 540]; // 16:9
const MARGIN = 48;
const NAMES = 268; // where names end and bars begin
const COUNTS = 165; // what is left for numbers beside the bars
const LINES = 2; // of the title, at most
const SCALE = 2; // pixels of the PNG to a unit of the SVG
const [INK, SOFT, TRACK, PAPER] = ["#1c1e21", "#5b6068", "#eeece6", "#ffffff"];
const SANS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', sans-serif";
const SPACE = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, text = "") {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

const words = (x, y, size, text, more = {}) =>
  make("text", { x, y, "font-size": size, fill: INK, ...more }, text);

/** A line that begins at the margin of its own direction. */
function line(y, size, text, more) {
  if (!isRtl(text)) return words(MARGIN, y, size, text, more);
  return words(WIDTH - MARGIN, y, size, text, { direction: "rtl", ...more });
}

/** The profile as an SVG element, on white whatever the page's colours are. */
export function profileSvg() {
  const size = { width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}` };
  const svg = make("svg", { xmlns: SPACE, ...size, "font-family": SANS, role: "img" });
  const { title, date } = state.answer.document;
  const serif = getComputedStyle(document.documentElement).getPropertyValue("--serif").trim();
  const room = WIDTH - 2 * MARGIN;
  const lines = wrapped(title ?? "Text without a title", room, `600 26px ${serif}`, LINES);
  svg.append(make("title", {}, `Frames of: ${lines.join(" ")}`), make("defs"));
  svg.append(make("rect", { width: WIDTH, height: HEIGHT, fill: PAPER }));
  let y = MARGIN + 20;
  for (const one of lines) {
    svg.append(line(y, 26, one, { "font-family": serif, "font-weight": 600 }));
    y += 33;
  }
  const total = counted(scored().length, "paragraph");
  const rest = [date, `frames and stances in ${total}`].filter(Boolean).join(" · ");
  svg.append(words(MARGIN, y, 15, `${authorWords(room, ` · ${rest}`)}${rest}`, { fill: SOFT }));
  drawBars(svg, y + 34);
  drawLegend(svg, HEIGHT - 62);
  const { model, codebook } = state.answer;
  const foot = `Framescope, model ${model}, codebook ${codebook.name} ${codebook.version}`;
  svg.append(words(MARGIN, HEIGHT - 26, 12, fitted(foot, room, `12px ${SANS}`), { fill: SOFT }));
  return svg;
}

/** The author, in what room the rest of the line leaves; "" where nobody is named. */
function authorWords(room, rest) {
  const { author } = state.answer.document;
  if (!author) return "";
  const font = `15px ${SANS}`;
  const shown = fitted(author, room - widthOf(rest, font), font);
  return `${isRtl(shown) ? `\u2067${shown}\u2069` : shown} · `; // isolated: the line is English
}

function drawBars(svg, top) {
  const rows = profileOf(scored());
  const height = Math.min((HEIGHT - 96 - top) / rows.length, 58);
  const wide = WIDTH - MARGIN - NAMES - COUNTS; // of all paragraphs, as beside the article
  const unit = wide / Math.max(scored().length, 1);
  const bar = Math.min(height * 0.56, 26);
  for (const [place, { frame, count, parts }] of rows.entries()) {
    const y = top + place * height;
    const middle = y + bar * 0.72;
    const hue = hueOf(place);
    const name = fitted(frame, NAMES - 16 - MARGIN / 2, `600 16px ${SANS}`);
    const side = isRtl(name) ? { direction: "rtl" } : { "text-anchor": "end" };
    const named = words(NAMES - 16, middle, 16, name, { ...side, "font-weight": 600 });
    if (name !== frame) named.append(make("title", {}, frame)); // whole, for who points at it
    svg.append(named);
    let x = NAMES;
    svg.append(make("rect", { x, y, width: wide, height: bar, fill: TRACK }));
    for (const [stance, number] of parts) {
      const fill = fillOf(svg, hue, patternOf(stance));
      const box = { x, y, width: unit * number, height: bar, fill, stroke: hue, "stroke-width": 1.5 };
      svg.append(make("rect", box));
      x += unit * number;
    }
    const said = parts.map(([stance, number]) => (stance ? `${signOf(stance)}${number}` : ""));
    const label = words(NAMES + wide + 14, middle, 16, String(count), { "font-weight": 700 });
    const rest = make("tspan", { fill: SOFT, "font-weight": 400, dx: 10 }, said.join("  "));
    label.append(rest);
    svg.append(label);
  }
}

function drawLegend(svg, y) {
  let x = NAMES;
  for (const stance of stanceNames()) {
    const fill = fillOf(svg, SOFT, patternOf(stance));
    svg.append(make("rect", { x, y: y - 12, width: 24, height: 14, fill, stroke: SOFT }));
    svg.append(words(x + 32, y, 14, stanceWords(stance), { fill: SOFT }));
    x += 60 + widthOf(stanceWords(stance), `14px ${SANS}`);
  }
  const whole = { x: MARGIN, y: y - 12, width: 24, height: 14, fill: TRACK, stroke: SOFT };
  const all = counted(scored().length, "paragraph");
  svg.append(make("rect", whole), words(MARGIN + 32, y, 14, `of ${all}`, { fill: SOFT }));
}

/** The fill of a stance in a colour: the patterns of style.css. */
function fillOf(svg, hue, number) {
  if (number === 0) return hue;
  const id = `p${number}-${hue.replace(/\W/g, "")}`;
  const defs = svg.querySelector("defs");
  if (!defs.querySelector(`#${id}`)) {
    const size = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
    const turned = number === 1 ? { patternTransform: "rotate(45)" } : {};
    const found = make("pattern", { id, ...size, ...turned });
    const ground = number === 2 ? { fill: hue, "fill-opacity": 0.3 } : { fill: PAPER };
    found.append(make("rect", { width: 6, height: 6, fill: PAPER }));
    found.append(make("rect", { width: 6, height: 6, ...ground }));
    if (number !== 2) found.append(make("rect", { width: 6, height: 3, fill: hue }));
    defs.append(found);
  }
  return `url(#${id})`;
}

export const svgText = (svg) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(svg)}`;

/** The same picture as PNG: a Blob. */
export async function profilePng() {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(profileSvg()))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH * SCALE, height: HEIGHT * SCALE });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}
