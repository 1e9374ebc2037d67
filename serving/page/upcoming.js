// The texts that wait for my answer, some fetched ahead, and those I have answered.

import { ask } from "./api.js";
import { framesMap } from "./choices.js";

const AHEAD = 20;
const FEW = 5;
const SKIPPED = "framescope:skipped:";

/** What is known of a text beside its words. */
export const PLACES = ["id", "lang", "source", "document", "date", "sampled"];

/** The text of an answer, as the queue gives it. */
export function itemOf(row) {
  return { ...Object.fromEntries(PLACES.map((name) => [name, null])), meta: {}, ...row };
}

export class Upcoming {
  /**
   * `unsent()` gives the answers that the service has not confirmed: [{row, fresh, refused}];
   * `settle()` waits until those that can be sent are.
   */
  constructor(annotator, unsent, settle) {
    Object.assign(this, { annotator, unsent, settle });
    this.texts = [];
    this.history = []; // {item, frames}, oldest first
    this.known = { answered: 0, total: 0 };
    this.fresh = new Set(); // ids of texts answered since `known`
    this.given = 0; // answers given here
    this.done = new Map(); // from the id of a text answered here to what `given` was then
    this.clock = 0; // milliseconds that the service's clock is ahead of this one's
    this.after = 0;
    this.loaded = false;
    this.skipped = new Set(JSON.parse(localStorage.getItem(SKIPPED + annotator) ?? "[]"));
  }

  progress() {
    const { answered, total } = this.known;
    return { answered: Math.min(answered + this.fresh.size, total), total };
  }

  /** Fetch more texts where few are left. */
  async fill() {
    if (!this.loaded) await this.#loadHistory();
    if (this.texts.length) {
      if (this.texts.length < FEW) this.#more().catch(() => {}); // asked again when none is left
      return;
    }
    await this.settle(); // else the service would not count the last answer yet
    await this.#more();
    if (this.texts.length || !this.skipped.size) return;
    this.skipped.clear();
    this.#keepSkipped();
    this.after = 0;
    await this.#more();
  }

  next() {
    return this.texts[0] ?? null;
  }

  answered(item, frames) {
    if (!this.history.some((one) => one.item.text_id === item.text_id)) this.#isFresh(item.text_id);
    this.#leave(item.text_id);
    this.history = this.history.filter((one) => one.item.text_id !== item.text_id);
    this.history.push({ item, frames });
  }

  answeredElsewhere({ row, fresh }) {
    if (fresh) this.#isFresh(row.text_id);
    this.#leave(row.text_id);
  }

  skip(item) {
    this.texts = this.texts.filter(({ text_id: id }) => id !== item.text_id);
    this.skipped.add(item.text_id);
    this.#keepSkipped();
  }

  giveBack(item) {
    if (!this.texts.some(({ text_id: id }) => id === item.text_id)) this.texts.unshift(item);
  }

  /** The answer before the one on `item`, or the last one of all: {item, frames} or null. */
  previous(item) {
    const place = this.history.findIndex((one) => one.item.text_id === item?.text_id);
    return this.history[(place < 0 ? this.history.length : place) - 1] ?? null;
  }

  hasPrevious(item) {
    return this.previous(item) !== null;
  }

  async #more() {
    for (;;) {
      const { given } = this;
      const before = this.#unsentIds();
      const answer = await this.#ask(`queue?limit=${AHEAD}&after=${this.after}`);
      const held = this.texts.map(({ text_id: id }) => id);
      // Answers that the service may not have counted yet.
      const meanwhile = [...this.done.keys()].filter((id) => this.done.get(id) > given);
      const known = new Set([...held, ...before, ...this.#unsentIds(), ...meanwhile]);
      const wanted = answer.texts.filter(({ text_id: id }) =>
        !known.has(id) && !this.skipped.has(id));
      this.texts.push(...wanted);
      this.#forget(wanted);
      if (answer.texts.length < AHEAD) this.after = this.texts.at(-1)?.number ?? 0;
      else this.after = answer.texts.at(-1).number;
      if (wanted.length || answer.texts.length < AHEAD) return;
    }
  }

  async #loadHistory() {
    // Those on their way may not be there yet when the service is asked.
    const underWay = this.unsent().filter(({ refused }) => !refused).map(({ row }) => itemOf(row));
    const { texts } = await this.#ask(`queue/answered?limit=${AHEAD}`);
    this.loaded = true;
    const answers = [...texts.reverse(), ...underWay];
    const earlier = answers.map((item) => ({ item, frames: framesMap(item.frames) }));
    const all = [...earlier, ...this.history];
    const last = new Map(all.map((one, place) => [one.item.text_id, place]));
    this.history = all.filter(({ item }, place) => last.get(item.text_id) === place);
  }

  async #ask(path) {
    const join = path.includes("?") ? "&" : "?";
    const name = encodeURIComponent(this.annotator);
    const answer = await ask(`${path}${join}annotator=${name}`, { quiet: true });
    this.clock = Date.parse(answer.now) - Date.now();
    this.known = { answered: answer.answered, total: answer.total };
    const unsent = this.unsent().filter(({ fresh }) => fresh);
    this.fresh = new Set(unsent.map(({ row }) => row.text_id));
    return answer;
  }

  /** No answer given before stands on these: it was taken back, or another one is asked for. */
  #forget(texts) {
    const ids = new Set(texts.map(({ text_id: id }) => id));
    for (const id of ids) this.done.delete(id);
    this.history = this.history.filter(({ item }) => !ids.has(item.text_id));
  }

  #unsentIds() {
    return this.unsent().map(({ row }) => row.text_id);
  }

  #isFresh(id) {
    if (!this.done.has(id)) this.fresh.add(id);
  }

  #leave(id) {
    this.given += 1;
    this.done.set(id, this.given);
    this.texts = this.texts.filter((one) => one.text_id !== id);
  }

  #keepSkipped() {
    localStorage.setItem(SKIPPED + this.annotator, JSON.stringify([...this.skipped]));
  }
}
