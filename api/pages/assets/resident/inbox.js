// The resident's messages: the list, and what arrives while the page is looked at.

import { Refusal, Unreachable } from "../kit.js";
import { eventsOf } from "./eventstream.js";
import { askAsResident, sendAsResident, SessionEnded } from "./session.js";

const MOST_READ = 100;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 20_000;
// A stream that held this long was a good one: its end is met with a quick return.
const STEADY_MS = 5000;
// The server sends a heartbeat far more often; a stream silent for this long is dead, whatever the socket says.
const SILENCE_MS = 60_000;

/** Keeps the newest messages and calls back: `onChange()` when the list changed, `onArrival(message)` for one that came live. */
export class Inbox {
  items = [];
  nextCursor = null;
  loaded = false;
  refusal = null;
  /** Why there is no list yet; it is tried again by itself. */
  trouble = null;
  #onChange;
  #onArrival;
  #control = null;
  #position = "";

  constructor({ onChange, onArrival }) {
    this.#onChange = onChange;
    this.#onArrival = onArrival;
  }

  start() {
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#onVisibility();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#control?.abort();
    this.#control = null;
  }

  /** Tries again after the server refused, for a session that has been renewed since. */
  resume() {
    if (!this.refusal) return;
    this.refusal = null;
    this.#onVisibility();
  }

  /** How many messages of the list are not read yet. */
  get unread() {
    return this.items.filter((item) => !item.read_at).length;
  }

  /** Whether there may be more of those: the list goes on, and its last one is not read either. */
  get isMore() {
    return Boolean(this.nextCursor && this.items.length && !this.items.at(-1).read_at);
  }

  /** Notes that all messages of the list were read, here and at the server. */
  async markRead() {
    const fresh = this.items.filter((item) => !item.read_at).slice(0, MOST_READ);
    if (!fresh.length) return;
    const now = new Date().toISOString();
    for (const item of fresh) item.read_at = now;
    this.#onChange();
    // Should it fail, they are new again at the next visit, which harms nobody.
    await sendAsResident("POST", "/v1/me/messages/read", { json: { ids: fresh.map((item) => item.id) } }).catch(() => {});
  }

  /** Loads the newest page, in the page's language; what it has that was not known yet has arrived. */
  async load(signal) {
    const known = this.loaded ? new Set(this.items.map((item) => item.id)) : null;
    const page = await askAsResident("GET", "/v1/me/messages", { signal });
    this.nextCursor = page.next_cursor ?? null;
    this.loaded = true;
    this.trouble = null;
    this.items = page.items;
    this.#onChange();
    const arrived = known ? page.items.filter((item) => !known.has(item.id)) : [];
    for (const message of arrived.reverse()) this.#onArrival(message);
  }

  async loadMore() {
    const page = await askAsResident("GET", `/v1/me/messages?cursor=${encodeURIComponent(this.nextCursor)}`);
    const known = new Set(this.items.map((item) => item.id));
    this.nextCursor = page.next_cursor ?? null;
    this.items = [...this.items, ...page.items.filter((item) => !known.has(item.id))];
    this.#onChange();
  }

  #onVisibility = () => {
    // A hidden page lets go of its connection: browsers allow six to a server, and phones their battery.
    if (document.visibilityState === "hidden") {
      this.#control?.abort();
      this.#control = null;
    } else if (!this.#control && !this.refusal) {
      this.#control = new AbortController();
      this.#follow(this.#control.signal);
    }
  };

  async #follow(signal) {
    let wait = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const begun = Date.now();
      try {
        await this.#listen(signal);
      } catch (error) {
        if (signal.aborted || error instanceof SessionEnded) return;
        if (error instanceof Refusal && error.status === 403) {
          this.#refuse(error);
          return;
        }
        if (!this.loaded) this.#wait(error);
      }
      if (Date.now() - begun > STEADY_MS) wait = FIRST_RETRY_MS;
      await new Promise((resolve) => { setTimeout(resolve, wait * (0.75 + Math.random() / 2)); });
      wait = Math.min(LAST_RETRY_MS, wait * 2);
    }
  }

  // What needs the resident to act is not asked for again and again.
  #refuse(error) {
    this.#control = null;
    this.refusal = error;
    this.#onChange();
  }

  #wait(error) {
    this.trouble = error;
    this.#onChange();
  }

  async #listen(signal) {
    const headers = this.#position ? { "Last-Event-ID": this.#position } : {};
    const response = await sendAsResident("GET", "/v1/me/messages/stream", { accept: "text/event-stream", headers, signal });
    // Without a position the stream begins now: the list is read after, so that nothing falls between the two.
    if (!this.loaded || !this.#position) await this.load(signal);
    for await (const event of eventsOf(response, SILENCE_MS)) {
      if (event.type !== "message") continue;
      this.#position = event.id || this.#position;
      this.#receive(JSON.parse(event.data));
    }
    throw new Unreachable("the stream ended");
  }

  #receive(message) {
    if (this.items.some((item) => item.id === message.id)) return;
    this.items = [message, ...this.items];
    this.#onChange();
    this.#onArrival(message);
  }
}
