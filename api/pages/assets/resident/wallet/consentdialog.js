// The question whether a venue may see fields of one's licences: who asks, what for, the very values, and for how long.

import { announce, fill, h, icon, language, provinceName, Refusal, secondsUntil, t } from "../../kit.js";
import { askAsResident, SessionEnded } from "../session.js";
import { explain } from "../words.js";
import { grant, pathOf, refuse, sendAgain } from "./answering.js";
import { AskedQuery } from "./askedquery.js";
import { noteUse } from "./keptwallet.js";

const TICK_MS = 500;
const LOOK_MS = 3000;
const SETTLING_MS = 700;
// Provinces that are a city.
const OWN_CITIES = new Set(["11", "12", "31", "50", "71", "81", "82"]);
// What ends the question, whatever is answered here.
const OVER = { "presentation-answered": "elsewhere", "presentation-ended": "expired", "not-found": "expired" };
const AFTERWARDS = { granted: "ask.ended.told", elsewhere: "ask.ended.unknown" };
const ICONS = { granted: "check", refused: "cross", expired: "clock", withdrawn: "undo", elsewhere: "device" };

/** Where and who: a venue's registered name and its city. Cities have Chinese names alone: in English their province stands beside. */
export function venueWords({ name, city, province }) {
  const known = language() === "en" && provinceName(province);
  const place = known && OWN_CITIES.has(province) ? known : [city, known].filter(Boolean).join(", ");
  return [name, place].filter(Boolean).join(" · ");
}

/** What for: the venue's purpose, and of a window the matter that it is about. */
export function purposeWords({ purpose_title: purpose, matter_title: matter }) {
  return [purpose, matter].filter(Boolean).join(" · ");
}

/** Says that a verifier elsewhere has not taken the answer yet, with the way to send it again. */
export function waitingNote({ id }) {
  const words = h("p", { class: "small", role: "status" }, t("ask.ended.waiting"));
  const button = h("button", { type: "button", class: "button small quiet", onclick: async () => {
    button.disabled = true;
    try {
      await sendAgain(id);
      fill(words, t("ask.ended.delivered"));
      button.remove();
    } catch (error) {
      button.disabled = false;
      fill(words, explain(error));
    }
  } }, icon("refresh", 18), t("ask.again"));
  return h("div", { class: "waiting-note" }, words, button);
}

/** Asks about one request; `onDone()` is called when the dialog is gone. */
export class ConsentDialog {
  #request;
  #onDone;
  #left = h("p", { class: "number consent-left" });
  #message = h("div");
  #queries;
  #refuse = h("button", { type: "button", class: "button quiet", "data-answer": "refuse", onclick: () => this.#answer(false) }, t("ask.refuse"));
  #grant = h("button", { type: "button", class: "button quiet", "data-answer": "grant", onclick: () => this.#answer(true) }, t("ask.grant"));
  #timers = [];
  #busy = false;
  #body = h("div", { class: "stack" });
  #dialog = h("dialog", { class: "dialog consent-dialog", "aria-labelledby": "ask-title" }, this.#body);

  constructor(request, onDone) {
    this.#request = request;
    this.#onDone = onDone;
    const isOneOfMany = request.queries.length > 1;
    this.#queries = request.queries.map((query) => new AskedQuery(query, { isOneOfMany, onChange: () => this.#hold(false) }));
    this.#dialog.addEventListener("close", () => this.#leave());
  }

  /** Which request it asks about. */
  get id() {
    return this.#request.id;
  }

  show() {
    document.body.append(this.#dialog);
    this.#draw();
    this.#dialog.showModal();
    if (this.#request.state !== "pending") {
      this.#end(this.#request.state);
      return;
    }
    // It may come from under a finger that meant something else.
    this.#hold(true);
    setTimeout(() => this.#hold(false), SETTLING_MS);
    this.#body.querySelector("h2").focus({ preventScroll: true });
    this.#tick();
    this.#timers = [setInterval(() => this.#tick(), TICK_MS), setInterval(() => this.#look(), LOOK_MS)];
    announce(t("ask.title", { venue: this.#request.venue.name }), true);
  }

  #leave() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#dialog.remove();
    this.#onDone();
  }

  // The licences that are given, by the ids of what asks for them.
  get #chosen() {
    return Object.fromEntries(this.#queries.map((query) => [query.id, query.licence]).filter(([, licence]) => licence));
  }

  #draw() {
    const { venue } = this.#request;
    fill(this.#body,
      h("div", { class: "consent-top" }, h("h2", { id: "ask-title", tabindex: "-1" }, t("ask.title", { venue: venue.name })),
        h("button", { type: "button", class: "plain", "aria-label": t("ask.later"), onclick: () => this.#dialog.close() }, icon("cross"))),
      h("dl", { class: "facts" }, h("dt", {}, t("ask.venue")), h("dd", {}, h("strong", {}, venueWords(venue))),
        h("dt", {}, t("ask.purpose")), h("dd", {}, purposeWords(this.#request)), h("dt", {}, t("ask.kept")), h("dd", {}, this.#keptWords())),
      this.#queries.map((query) => query.node),
      h("div", { class: "consent-foot stack" }, this.#message, this.#left, h("div", { class: "dialog-actions" }, this.#refuse, this.#grant)));
  }

  // One answer for all that is asked: the longest time for any of it.
  #keptWords() {
    const days = Math.max(...[this.#request.kept_days, ...this.#request.queries.map((query) => query.kept_days)].filter(Number.isFinite), 0);
    return days ? t("ask.kept.days", { days }) : t("ask.kept.none");
  }

  #tick() {
    const seconds = secondsUntil(Date.parse(this.#request.expires_at));
    if (!seconds && !this.#busy) {
      this.#end("expired");
      return;
    }
    const words = t("ask.left", { seconds });
    if (this.#left.textContent !== words) this.#left.textContent = words;
  }

  // The venue may have withdrawn it, or another of the resident's phones have answered.
  async #look() {
    if (this.#busy) return;
    const { state } = await askAsResident("GET", pathOf(this.id)).catch(() => ({ state: "pending" }));
    if (!this.#busy && state !== "pending") this.#end(state === "granted" || state === "refused" ? "elsewhere" : state);
  }

  async #answer(isGranted) {
    const chosen = this.#chosen;
    this.#busy = true;
    this.#hold(true);
    fill(this.#message, h("p", { class: "soft small", role: "status" }, t("ask.answering")));
    try {
      const { delivery } = isGranted ? await grant(this.#request, chosen) : await refuse(this.#request);
      if (isGranted) for (const id of Object.values(chosen)) noteUse(id).catch(() => {});
      this.#end(isGranted ? "granted" : "refused", delivery === "waiting");
    } catch (error) {
      if (error instanceof SessionEnded) this.#dialog.close();
      else if (error instanceof Refusal && OVER[error.slug]) this.#end(OVER[error.slug]);
      else {
        this.#busy = false;
        this.#hold(false);
        fill(this.#message, h("p", { class: "note bad small", role: "alert" }, icon("alert", 20), explain(error)));
      }
    }
  }

  #hold(isHeld) {
    this.#refuse.disabled = isHeld;
    this.#grant.disabled = isHeld || !Object.keys(this.#chosen).length;
  }

  // What goes to a verifier elsewhere may still be on its way.
  #end(state, isWaiting = false) {
    for (const timer of this.#timers) clearInterval(timer);
    this.#busy = true;
    this.#dialog.dataset.ended = state;
    const title = t(`ask.ended.${state}`);
    fill(this.#body, h("div", { class: "asked-end", "data-state": state }, icon(ICONS[state] ?? "clock", 44), h("h2", { id: "ask-title", tabindex: "-1" }, title),
      h("p", {}, venueWords(this.#request.venue)), h("p", { class: "soft small" }, t(AFTERWARDS[state] ?? "ask.ended.nothing")), isWaiting && waitingNote(this.#request)),
    h("button", { type: "button", class: "button wide", onclick: () => this.#dialog.close() }, t("dialog.understood")));
    announce(title, true);
    this.#body.querySelector("h2").focus({ preventScroll: true });
  }
}
