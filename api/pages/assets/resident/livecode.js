// The live code's engine: fetches it, replaces it in time, and takes it away the moment it is not good. Draws nothing.

import { Refusal, secondsUntil, serverNow, Unreachable } from "../kit.js";
import { dropPhoneCodes, keepPhoneCodes, makeCodeHere } from "./phonecodes.js";
import { renewSession, sendAsResident, SessionEnded } from "./session.js";
import { MINE, wireOf } from "./subjects.js";

const TICK_MS = 250;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;
const LIMIT_RETRY_MS = 10_000;
// A network that dawdles longer is none to somebody at a gate.
const SLOW_MS = 3000;
// Refusals that time or a retry cannot mend: they wait for the resident.
const FINAL = new Set(["installation-not-approved", "identity-not-verified", "binding-ended", "forbidden", "invalid-request"]);

async function fetchCode(subject, signal) {
  const response = await sendAsResident("POST", "/v1/codes", { json: wireOf(subject), accept: "image/svg+xml", signal });
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

// No answer, or none that is the resident's fault: then a code made here is better than none.
const isAway = (error) => error instanceof Unreachable || (error instanceof Refusal && error.status >= 500);

/** Where the codes of people and companies come from; `standIn`, `keep` and `drop` are of those made here. */
const SERVICE_CODES = { fetch: fetchCode, standIn: makeCodeHere, keep: keepPhoneCodes, drop: dropPhoneCodes, final: FINAL };

/** For a source without codes of its own, which makes none here. */
export const NONE_HERE = { standIn: async () => null, keep: () => {}, drop: () => {}, final: FINAL };

/**
 * Keeps a code live while the page is looked at. Calls `onState` with
 * {phase: "loading" | "live" | "offline" | "limited" | "refused" | "hidden", code?, error?, retryAt?}, and `onTick` while one is live.
 * Without a network the code is one made here (`code.madeHere`), while the source has any.
 */
export class LiveCode {
  #onState;
  #onTick;
  #subject = MINE;
  #code = null;
  #request = null;
  #requestedAt = 0;
  #making = null;
  #timer = null;
  #retryAt = 0;
  #failures = 0;
  #wantsNew = false;
  #state = { phase: "loading" };
  #source;

  constructor({ onState, onTick, source = SERVICE_CODES }) {
    this.#onState = onState;
    this.#onTick = onTick;
    this.#source = source;
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

  /** Shows another's code from now on: the one on the screen goes at once. */
  show(subject) {
    this.#subject = subject;
    if (!this.#timer) return;
    this.#pause();
    this.#onVisibility();
  }

  /** Asks for a new code at once; after a refusal with a fresh session, since another device may have approved this one. */
  refresh() {
    const renewFirst = this.#state.phase === "refused";
    this.#retryAt = 0;
    this.#failures = 0;
    this.#wantsNew = true;
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

  // One that was made here stays until its time is over: coming back is no reason to do without it.
  #onOnline = () => {
    if (!this.#timer) return;
    this.#retryAt = 0;
    this.#failures = 0;
    this.#fetch();
  };

  #pause() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#request?.abort();
    this.#request = null;
    this.#making = null;
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

  #showCode(code, error) {
    this.#drop();
    this.#code = code;
    this.#show({ phase: "live", code, error });
    this.#onTick(code, secondsUntil(code.expiresAt), serverNow());
  }

  #tick() {
    const now = serverNow();
    if (this.#code && now >= this.#code.expiresAt) {
      this.#drop();
      const { error } = this.#state;
      this.#show(error ? this.#failed(error) : { phase: "loading" });
      if (error) this.#standIn(error);
    }
    if (this.#code) this.#onTick(this.#code, secondsUntil(this.#code.expiresAt), now);
    if (this.#code?.madeHere && now >= this.#code.refreshAt) this.#standIn(this.#state.error);
    if (!this.#code && this.#request && Date.now() - this.#requestedAt > SLOW_MS) this.#standIn(new Unreachable("slow"));
    const due = this.#code && !this.#code.madeHere ? this.#code.refreshAt : 0;
    const waiting = this.#state.phase === "refused" || Date.now() < this.#retryAt;
    if (!this.#request && !waiting && now >= due) this.#fetch();
  }

  async #fetch(renewFirst = false) {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    this.#requestedAt = Date.now();
    const subject = this.#subject;
    try {
      if (renewFirst) await renewSession();
      const code = await this.#source.fetch(subject, request.signal);
      if (this.#request !== request) return void URL.revokeObjectURL(code.address);
      this.#failures = 0;
      this.#wantsNew = false;
      this.#making = null;
      this.#showCode(code);
      this.#source.keep(subject);
    } catch (error) {
      if (this.#request === request) this.#fail(error);
    } finally {
      if (this.#request === request) this.#request = null;
    }
  }

  // Puts a code made here in the place of one that cannot be had; where there is none for it, what is shown stays.
  async #standIn(error) {
    if (this.#making || !isAway(error)) return;
    const making = {};
    this.#making = making;
    const code = await this.#source.standIn(this.#subject).catch(() => null);
    if (this.#making !== making) {
      if (code) URL.revokeObjectURL(code.address);
      return;
    }
    // Where there are none left, the question is not worth asking with every tick.
    if (code) {
      this.#making = null;
      this.#showCode(code, error);
    }
  }

  #fail(error) {
    if (error instanceof SessionEnded) return;
    this.#failures += 1;
    const backOff = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    const limited = error instanceof Refusal && error.slug === "too-many-requests";
    this.#retryAt = Date.now() + (limited ? error.retryAfter * 1000 || LIMIT_RETRY_MS : backOff);
    const isFinal = this.#source.final.has(error.slug);
    if (isFinal) this.#source.drop(this.#subject);
    // A code that is still good stays to be seen; the words beneath say that its successor is late.
    if (this.#code && !isFinal) this.#show({ phase: "live", code: this.#code, error });
    else {
      this.#drop();
      this.#show(this.#failed(error));
    }
    if (this.#code && !this.#wantsNew) return;
    this.#wantsNew = false;
    this.#making = null;
    this.#standIn(error);
  }

  #failed(error) {
    if (error instanceof Unreachable) return { phase: "offline", error };
    if (error.slug === "too-many-requests") return { phase: "limited", error, retryAt: this.#retryAt };
    return { phase: this.#source.final.has(error.slug) ? "refused" : "offline", error };
  }
}
