// How wide text will be in a picture, so that it is broken, or cut, where its room ends.

const AFTER = /(?<=\s)|(?<=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])(?!\p{P})/u; // where lines break
const RTL = /^\P{L}*[\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}]/u;

const pen = document.createElement("canvas").getContext("2d");
const letters = new Intl.Segmenter("en", { granularity: "grapheme" });
const lettersOf = (text) => [...letters.segment(text)].map(({ segment }) => segment);

/** Whether a text is written from right to left, as its first letter says. */
export const isRtl = (text) => RTL.test(text);

/** The width of a text in pixels; `font` as in CSS. */
export function widthOf(text, font) {
  pen.font = font;
  return pen.measureText(text).width;
}

/** The text, its end cut where it is wider than `room`. */
export function fitted(text, room, font) {
  if (widthOf(text, font) <= room) return text;
  const shown = lettersOf(text);
  while (shown.length && widthOf(`${shown.join("").trimEnd()}…`, font) > room) shown.pop();
  return `${shown.join("").trimEnd()}…`;
}

/** The text in at most `most` lines, the last one cut where there is more. */
export function wrapped(text, room, font, most) {
  const lines = [""];
  const fits = (line) => widthOf(line.trimEnd(), font) <= room;
  for (const piece of text.trim().replace(/\s+/g, " ").split(AFTER)) {
    const parts = fits(piece) ? [piece] : lettersOf(piece); // a word that no line holds
    for (const part of parts) {
      const last = lines.at(-1);
      if (!last || fits(last + part)) lines[lines.length - 1] = last + part;
      else lines.push(part);
    }
  }
  const shown = lines.slice(0, most - 1);
  if (lines.length >= most) shown.push(fitted(lines.slice(most - 1).join(""), room, font));
  return shown.map((line) => line.trimEnd());
}
