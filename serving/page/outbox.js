// Answers on their way to the service. Each is kept in this browser until the service has confirmed
// it, so that neither a lost connection nor a closed tab loses one. An answer names its own time, by
// which the service knows it again: sent twice, it is stored once.

import { ask } from "./api.js";

const KEY = "framescope:answer:";
const MOST_AT_ONCE = 50;
const LONGEST_WAIT = 60;
const SECONDS_FOR_THE_OTHER_TAB = 3;
const LONGEST_ANSWER = 20_000; // milliseconds; a dead connection may never say so

const kept = new Map(); // what this browser's storage had no room for

export class Outbox {
  /** `tell(state)` is called whenever it changes: {waiting, refused, problem, signedOut}. */
  constructor(annotator, tell) {
    this.annotator = annotator;
    this.prefix = `${KEY}${encodeURIComponent(annotator)}:`;
    this.tell = tell;
    this.problem = "";
    this.signedOut = false;
    this.trials = 0;
    this.timer = 0;
    this.sending = null;
    this.closed = false;
    this.wake = () => this.send();
    window.addEventListener("online", this.wake);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.wake);
  }

  /** Keep an answer and send it. `fresh`: its text had none before. */
  put(row, fresh) {
    const name = `${this.prefix}${row.at}:${row.text_id}`;
    this.#write(name, { row, fresh });
    this.send();
  }

  /** Answers that are not confirmed yet, oldest first: [name, {row, fresh, refused}]. */
  entries() {
    const names = [...Array(localStorage.length).keys()].map((place) => localStorage.key(place));
    const stored = names.filter((name) => name.startsWith(this.prefix));
    const all = stored.map((name) => [name, JSON.parse(localStorage.getItem(name))]);
    all.push(...[...kept].filter(([name]) => name.startsWith(this.prefix)));
    return all.filter(([, entry]) => entry).sort(([one], [other]) => (one < other ? -1 : 1));
  }

  /**
   * The answer that another tab has just given, from an event of the storage; or null. Should that
   * tab be closed before it is confirmed, this one sends it.
   */
  answeredElsewhere({ key, newValue, oldValue }) {
    if (!key?.startsWith(this.prefix)) return null;
    this.#tell();
    if (!newValue || oldValue) return null;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.wake, SECONDS_FOR_THE_OTHER_TAB * 1000);
    return JSON.parse(newValue);
  }

  /** Forget a refused answer, since another one was given in its place. */
  forget(name) {
    kept.delete(name);
    localStorage.removeItem(name);
    this.#tell();
  }

  /** Send what waits; where that fails, again later, waiting longer each time. */
  send() {
    clearTimeout(this.timer);
    this.sending ??= this.#alone(() => this.#sendAll()).finally(() => {
      this.sending = null;
      if (!this.closed && !this.problem && this.#waiting().length) this.send(); // came meanwhile
    });
    this.#tell();
    return this.sending;
  }

  async #sendAll() {
    try {
      for (;;) {
        const waiting = this.#waiting().slice(0, MOST_AT_ONCE);
        if (this.closed) break;
        if (!waiting.length) {
          this.problem = "";
          break;
        }
        await this.#post(waiting);
        Object.assign(this, { trials: 0, problem: "", signedOut: false });
        this.#tell();
      }
    } catch (error) {
      if (this.closed) return;
      const late = error.name === "TimeoutError";
      this.problem = late ? "The service does not answer." : error.message;
      this.signedOut = error.status === 401;
      this.#tell();
      if (this.signedOut) return; // nothing helps but signing in
      const seconds = Math.min(2 ** this.trials, LONGEST_WAIT);
      this.trials += 1;
      this.timer = setTimeout(this.wake, seconds * 1000);
    }
  }

  async #post(entries) {
    const annotations = entries.map(([, { row: { text_id: _, ...row } }]) => row);
    const signal = AbortSignal.timeout(LONGEST_ANSWER);
    try {
      await ask("labels", { body: { annotations }, quiet: true, signal });
      for (const [name] of entries) this.forget(name);
    } catch (error) {
      if (![403, 413, 422].includes(error.status)) throw error;
      if (error.status === 403 && !(await this.#mayAnswer())) throw error;
      await this.#setAside(entries, error);
    }
  }

  /** Mark what is refused among answers, and send the others; what is too long goes in halves. */
  async #setAside(entries, error) {
    const gone = (error.text_ids ?? []).length
      ? entries.filter(([, { row }]) => error.text_ids.includes(row.text_id)) : [];
    const refused = entries.length === 1 && !gone.length ? entries : [];
    for (const [name, entry] of refused) this.#write(name, { ...entry, refused: error.message });
    for (const [name, entry] of gone) {
      this.#write(name, { ...entry, refused: "the text was erased meanwhile.", erased: true });
    }
    const rest = entries.filter((entry) => !gone.includes(entry) && !refused.includes(entry));
    const size = gone.length ? rest.length : error.status === 413 ? Math.ceil(rest.length / 2) : 1;
    for (let place = 0; place < rest.length; place += size) {
      await this.#post(rest.slice(place, place + size));
    }
  }

  /** Whether who is signed in may answer at all, so that a refusal is the text's. */
  async #mayAnswer() {
    const signal = AbortSignal.timeout(LONGEST_ANSWER);
    const { name, role } = await ask("me", { quiet: true, signal });
    return role === "admin" || (role !== "reader" && name === this.annotator);
  }

  /** One tab sends at a time, where the browser can say so; else the service sorts it out. */
  #alone(work) {
    return navigator.locks ? navigator.locks.request(`${this.prefix}sending`, work) : work();
  }

  #waiting() {
    return this.entries().filter(([, { refused }]) => !refused);
  }

  /** An entry is in one place alone: an older one beside it would be sent again and again. */
  #write(name, entry) {
    kept.set(name, entry);
    try {
      localStorage.setItem(name, JSON.stringify(entry));
      kept.delete(name);
    } catch {
      localStorage.removeItem(name);
    }
    this.#tell();
  }

  #tell() {
    const refused = this.entries().filter(([, entry]) => entry.refused);
    const waiting = this.#waiting().length;
    const { problem, signedOut } = this;
    this.tell({ waiting, refused, problem: waiting ? problem : "", signedOut });
  }
}
