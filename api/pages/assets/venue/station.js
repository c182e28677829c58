// This device as a scanner: online while the server answers, by its lists and its journal while it does not.

import { aheadOfHere, assumeAhead, Refusal, serverNow, Unreachable } from "../kit.js";
import { ListRefused } from "../kit/codes/refusal.js";
import { Connection } from "./connection.js";
import { canKeepKey } from "./device.js";
import { Gate } from "./gate.js";
import { catchUp, keep, readKept, sweep, waitAgain } from "./ledger.js";
import { Lists } from "./lists.js";
import { askAsScanner, keptScanner, learn } from "./scanner.js";
import { readStanding, sendJournal } from "./sending.js";

const AHEAD = "ahead";
const REFRESH_MS = 2 * 60_000;
const KEEP_SETTLED_MS = 7 * 24 * 3600_000;
const PROBE_PATIENCE_MS = 4000;

const NOTHING = { waiting: 0, aside: 0, accepted: 0, conflicts: [], refused: [] };

/** One scanner's station. `onChange` hears when anything of `standing` or `online` changed. */
export class Station {
  #onChange;
  #lists = new Lists(serverNow);
  #gate = new Gate(keptScanner, this.#lists, serverNow);
  #connection = new Connection(() => this.#probe(), () => this.#onChange());
  #timer = null;
  #catching = null;
  #stopped = false;
  /** What the server said last of this scanner, or null before it did. */
  seen = null;
  /** How the journal stands. */
  standing = NOTHING;
  /** The slug for which lists or journal could not be brought up to date, or null. */
  trouble = null;
  /** What became of entries of this visit, by their id. */
  results = new Map();

  constructor(onChange) {
    this.#onChange = onChange;
  }

  async start() {
    if (canKeepKey()) await this.#open();
    if (this.#stopped) return;
    this.#connection.start();
    this.#timer = setInterval(() => { if (this.online) this.#catchUp(); }, REFRESH_MS);
  }

  stop() {
    this.#stopped = true;
    this.#connection.stop();
    clearInterval(this.#timer);
    this.#onChange = () => {};
  }

  get online() {
    return this.#connection.online;
  }

  /** Whether codes can be checked here without the server. */
  get canDecide() {
    return this.#gate.ready;
  }

  /** Since when the lists stand and until when they are good, or null where there are none. */
  get lists() {
    return this.#lists.age();
  }

  /** Says that a request got no answer. */
  lose() {
    this.#connection.lose();
  }

  /** Checks a code without the server. Never throws: what cannot be written down is not accepted. */
  async decide(text) {
    try {
      const result = await this.#gate.check(text);
      await this.#count();
      return result;
    } catch (error) {
      return { outcome: "unchecked", at: Date.now(), slug: "journal-unwritable", error, offline: true };
    }
  }

  /** Remembers what the server said of a code, for when it is gone. */
  remember(text, slug = null) {
    this.#gate.remember(text, slug).catch(() => {});
  }

  /** Asks the server what this scanner is; throws what it refuses, or that it is not there. */
  async describe() {
    this.seen = await askAsScanner("GET", "/v1/scanner", keptScanner(), { patience: PROBE_PATIENCE_MS });
    learn(this.seen);
    if (canKeepKey()) await this.#note(this.seen);
    this.#onChange();
  }

  async #note({ scanner_id: id, journal }) {
    await keep(AHEAD, aheadOfHere());
    if (journal) await catchUp(id, journal);
  }

  async #open() {
    try {
      if (aheadOfHere() === null) assumeAhead((await readKept(AHEAD)) ?? 0);
      await this.#lists.load();
      await sweep(serverNow(), Date.now() - KEEP_SETTLED_MS);
      if (keptScanner()?.id) await waitAgain(keptScanner().id);
      await this.#count();
    } catch (error) {
      // Lists that cannot be read are fetched anew; until then nothing is decided here.
      this.trouble = error instanceof ListRefused ? error.slug : "other";
    }
  }

  async #probe() {
    try {
      await this.describe();
    } catch (error) {
      // A refusal is an answer: the server is there.
      if (!(error instanceof Refusal)) throw error;
    }
    this.#catchUp();
  }

  async #count() {
    const scanner = keptScanner();
    if (scanner?.id) this.standing = await readStanding(scanner);
    this.#onChange();
  }

  // Sends the journal and fetches the lists, once at a time.
  #catchUp() {
    this.#catching ??= this.#bringUpToDate().finally(() => { this.#catching = null; });
  }

  async #bringUpToDate() {
    if (!canKeepKey()) return;
    this.trouble = null;
    await this.#attempt(async () => {
      const scanner = keptScanner();
      if (!scanner?.id) return;
      for (const [id, result] of await sendJournal(scanner)) this.results.set(id, result);
    });
    await this.#attempt(() => this.#lists.refresh());
    await this.#count();
  }

  async #attempt(work) {
    try {
      await work();
    } catch (error) {
      if (error instanceof Unreachable) this.lose();
      else this.trouble ??= error.slug ?? "other";
    }
  }
}
