// Licences at the desk: one that is presented is read at once, one that is asked for is waited for on the holder's phone.

import { icon, h, notice, randomId, t } from "../kit.js";
import { chooseQueries } from "./askform.js";
import { awaitAnswer, licencesNeedNetwork, putQuestion, readPresented, refusedResult, takeBack, withdrawn } from "./asking.js";
import { AskPanel } from "./askpanel.js";
import { wordsFor } from "./checking.js";
import { saveRecord } from "./licencecard.js";
import { Licences } from "./licences.js";

/**
 * The desk's way to licences. `desk` lends it its verdict, `begin(words)`, which takes the next turn, `isCurrent(turn)`,
 * `busy(turn, words)`, `settle(turn, result, again)`, `hold()`, which leaves a verdict standing, `rest()`, which takes it away, and
 * `learned()`, which hears that licences have names now.
 */
export class LicenceDesk {
  #scanner;
  #station;
  #desk;
  #waiting = null;
  licences = new Licences();

  constructor(scanner, station, desk) {
    this.#scanner = scanner;
    this.#station = station;
    this.#desk = desk;
  }

  /** The button that asks whoever scans the link. */
  button() {
    return h("button", { type: "button", class: "button quiet ask-button", onclick: () => this.ask(null) }, icon("paper"), t("venue.ask"));
  }

  /** What can be done besides with a verdict: ask whoever was scanned, or keep the record of what was told. */
  actionsFor(result) {
    if (result.licences) {
      return [h("button", { type: "button", class: "button on-verdict", onclick: () => saveRecord(result) }, icon("download", 20), t("venue.licence.save"))];
    }
    if (result.outcome !== "accepted" || result.offline || !this.licences.askable.length) return [];
    return [h("button", { type: "button", class: "button on-verdict", onclick: () => this.ask(result.scan.scan_id) }, icon("paper", 20), t("venue.ask"))];
  }

  /** Learns what may be asked, where the server can be asked; without it, the desk checks codes as ever. */
  learn() {
    if (!this.#station.online || this.licences.askable.length) return;
    this.licences.load(this.#scanner).then(() => this.#desk.learned()).catch(() => {});
  }

  /** Reads a licence that is presented in hand; `key` is that of an earlier try, of which it is not known what became. */
  async present(code, key = randomId()) {
    const turn = this.#desk.begin(t("venue.licence.reading"));
    if (!this.#station.online) {
      this.#desk.settle(turn, licencesNeedNetwork());
      return;
    }
    const [result] = await Promise.all([
      readPresented(code, key, this.#scanner, () => this.#desk.busy(turn, t("venue.retrying"))),
      this.licences.load(this.#scanner).catch(() => {}),
    ]);
    const again = result.slug === "unreachable" ? () => this.present(code, key) : null;
    this.#desk.settle(turn, result, again);
  }

  /** Asks for licences: of whoever was scanned a moment ago, or of whoever scans the link. */
  async ask(scanId) {
    this.#desk.hold();
    if (!this.#station.online) {
      this.#desk.settle(this.#desk.begin(t("venue.licence.reading")), licencesNeedNetwork());
      return;
    }
    const queries = await this.#choose(scanId !== null);
    if (!queries) {
      this.#desk.rest();
      return;
    }
    const turn = this.#desk.begin(t("venue.ask.sending"));
    try {
      const asked = await putQuestion(this.#scanner, queries, scanId);
      if (this.#desk.isCurrent(turn)) await this.#await(turn, asked, queries, scanId !== null);
      else takeBack(asked, this.#scanner);
    } catch (error) {
      const result = refusedResult(error);
      this.#desk.settle(turn, result.slug === "not-found" ? { ...result, slug: "scan-too-old" } : result);
    }
  }

  async #choose(scanned) {
    try {
      await this.licences.load(this.#scanner);
    } catch (error) {
      const { title, next } = wordsFor({ slug: error.slug ?? "unreachable", error });
      await notice(title, next);
      return null;
    }
    if (this.licences.askable.length) return chooseQueries(this.licences, scanned);
    await notice(t("venue.ask.title"), t("venue.ask.none"));
    return null;
  }

  async #await(turn, asked, queries, scanned) {
    const stopping = new AbortController();
    const names = queries.map((query) => this.licences.name(query.licence_type)).join(t("list.comma"));
    const panel = new AskPanel(this.#desk.verdict, asked, { names, scanned, onWithdraw: () => this.#withdraw(turn) });
    this.#waiting = { asked, stopping, panel };
    const result = await awaitAnswer(asked, this.#scanner, stopping.signal);
    panel.stop();
    if (this.#waiting?.asked === asked) this.#waiting = null;
    if (result) this.#desk.settle(turn, result);
  }

  async #withdraw(turn) {
    const { asked, stopping } = this.#waiting ?? {};
    if (!asked || !(await takeBack(asked, this.#scanner))) return;
    stopping.abort();
    this.#desk.settle(turn, withdrawn());
  }

  /** The next showing has begun: a question that nobody would see the answer of is taken back. */
  leave() {
    if (!this.#waiting) return;
    const { asked, stopping, panel } = this.#waiting;
    this.#waiting = null;
    panel.stop();
    stopping.abort();
    takeBack(asked, this.#scanner);
  }
}
