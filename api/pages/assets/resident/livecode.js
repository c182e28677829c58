// The live code's engine: fetches it, replaces it in time, and takes it away the moment it is not good. Draws nothing.

import { Refusal, secondsUntil, serverNow, Unreachable } from "../kit.js";
import { renewSession, sendAsResident, SessionEnded } from "./session.js";

const TICK_MS = 250;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;
const LIMIT_RETRY_MS = 10_000;
// Refusals that time or a retry cannot mend: they wait for the resident.
const FINAL = new Set(["installation-not-approved", "identity-not-verified", "forbidden", "invalid-request"]);

async function fetchCode(signal) {
  const response = await sendAsResident("POST", "/v1/codes", { json: { kind: "personal" }, accept: "image/svg+xml", signal });
  const moment = (name) => {
    const time = Date.parse(response.headers.get(name));
    // Without its times a code cannot be taken away in time.
    if (Number.isNaN(time)) throw new Unreachable(`no ${name}`);
    return time;
  };
  const times = {
    issuedAt: moment("X-Code-Issued-At"),
    expiresAt: moment("X-Code-Expires-At"),
    refreshAt: moment("X-Code-Refresh-After"),
  };
  return { ...times, address: URL.createObjectURL(await response.blob()) };
}

/**
 * Keeps a code live while the page is looked at. Calls `onState` with
 * {phase: "loading" | "live" | "offline" | "limited" | "refused" | "hidden", code?, error?, retryAt?}, and `onTick` while one is live.
 */
export class LiveCode {
  #onState;
  #onTick;
  #code = null;
  #request = null;
  #timer = null;
  #retryAt = 0;
  #failures = 0;
  #state = { phase: "loading" };

  constructor({ onState, onTick }) {
    this.#onState = onState;
    this.#onTick = onTick;
  }

  start() {
    document.addEventListener("visibilitychange", this.#onVisibility);
    window.addEventListener("online", this.#onOnline);
    this.#onVisibility();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    window.removeEventListener("online", this.#onOnline);
    this.#pause();
  }

  /** Asks for a new code at once; after a refusal with a fresh session, since another device may have approved this one. */
  refresh() {
    const renewFirst = this.#state.phase === "refused";
    this.#retryAt = 0;
    this.#failures = 0;
    return this.#fetch(renewFirst);
  }

  #onVisibility = () => {
    if (document.visibilityState === "hidden") {
      this.#pause();
      this.#show({ phase: "hidden" });
      return;
    }
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#show({ phase: "loading" });
    this.refresh();
  };

  #onOnline = () => { if (this.#timer) this.refresh(); };

  #pause() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#request?.abort();
    this.#request = null;
    this.#drop();
  }

  #drop() {
    if (this.#code) URL.revokeObjectURL(this.#code.address);
    this.#code = null;
  }

  #show(state) {
    this.#state = state;
    this.#onState(state);
  }

  #tick() {
    const now = serverNow();
    if (this.#code && now >= this.#code.expiresAt) {
      this.#drop();
      const { error } = this.#state;
      this.#show(error ? this.#failed(error) : { phase: "loading" });
    }
    if (this.#code) this.#onTick(this.#code, secondsUntil(this.#code.expiresAt), now);
    const due = this.#code ? this.#code.refreshAt : 0;
    const waiting = this.#state.phase === "refused" || Date.now() < this.#retryAt;
    if (!this.#request && !waiting && now >= due) this.#fetch();
  }

  async #fetch(renewFirst = false) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      if (renewFirst) await renewSession();
      const code = await fetchCode(request.signal);
      if (this.#request !== request) return void URL.revokeObjectURL(code.address);
      this.#drop();
      this.#code = code;
      this.#failures = 0;
      this.#show({ phase: "live", code });
      this.#onTick(code, secondsUntil(code.expiresAt), serverNow());
    } catch (error) {
      if (this.#request === request) this.#fail(error);
    } finally {
      if (this.#request === request) this.#request = null;
    }
  }

  #fail(error) {
    if (error instanceof SessionEnded) return;
    this.#failures += 1;
    const backOff = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    const limited = error instanceof Refusal && error.slug === "too-many-requests";
    this.#retryAt = Date.now() + (limited ? error.retryAfter * 1000 || LIMIT_RETRY_MS : backOff);
    // A code that is still good stays to be seen; the words beneath say that its successor is late.
    if (this.#code && !FINAL.has(error.slug)) this.#show({ phase: "live", code: this.#code, error });
    else {
      this.#drop();
      this.#show(this.#failed(error));
    }
  }

  #failed(error) {
    if (error instanceof Unreachable) return { phase: "offline", error };
    if (error.slug === "too-many-requests") return { phase: "limited", error, retryAt: this.#retryAt };
    return { phase: FINAL.has(error.slug) ? "refused" : "offline", error };
  }
}
