// Whether the server answers. Once it did not, nobody waits for it at the gate: it is tried in the background.

const FIRST_WAIT_MS = 3000;
const LONGEST_WAIT_MS = 30_000;

/** Knows whether the server is there; `probe` asks it something, and `onChange` hears of each change. */
export class Connection {
  #probe;
  #onChange;
  #timer = null;
  #wait = FIRST_WAIT_MS;
  #stopped = false;
  online = navigator.onLine;

  constructor(probe, onChange) {
    this.#probe = probe;
    this.#onChange = onChange;
  }

  start() {
    addEventListener("online", this.#try);
    addEventListener("offline", this.#lose);
    this.#try();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#try);
    removeEventListener("offline", this.#lose);
  }

  /** Says that a request got no answer. */
  lose() {
    if (this.#stopped) return;
    const changed = this.online;
    this.online = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#try, this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    if (changed) this.#onChange();
  }

  #lose = () => this.lose();

  #try = async () => {
    clearTimeout(this.#timer);
    try {
      await this.#probe();
    } catch {
      this.lose();
      return;
    }
    if (this.#stopped) return;
    this.#wait = FIRST_WAIT_MS;
    const changed = !this.online;
    this.online = true;
    if (changed) this.#onChange();
  };
}
