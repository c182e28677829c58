// The question whether a venue may see fields of one's licences: who asks, what for, the very values, and for how long.

import { announce, fill, h, icon, Refusal, secondsUntil, t } from "../../kit.js";
import { askAsResident, SessionEnded } from "../session.js";
import { explain } from "../words.js";
import { grant, pathOf, refuse } from "./answering.js";
import { noteUse } from "./keptwallet.js";
import { fieldText, pictureAddress, said, validityWords } from "./speaking.js";
import { fieldOf, typeOf } from "./types.js";

const TICK_MS = 500;
const LOOK_MS = 3000;
const SETTLING_MS = 700;
const SHORT = 10;
const TAIL = 4;
// What ends the question, whatever is answered here.
const OVER = { "presentation-answered": "elsewhere", "presentation-ended": "expired", "not-found": "expired" };
const AFTERWARDS = { granted: "ask.ended.told", elsewhere: "ask.ended.unknown" };
const ICONS = { granted: "check", refused: "cross", expired: "clock", withdrawn: "undo", elsewhere: "device" };

/** Where and who: a venue's registered name, and its city. */
export function venueWords({ name, city }) {
  return [name, said(city)].filter(Boolean).join(" · ");
}

/** Asks about one request; `onDone()` is called when the dialog is gone. */
export class ConsentDialog {
  #request;
  #onDone;
  #left = h("p", { class: "number consent-left" });
  #message = h("div");
  #chosen = {};
  #buttons = [];
  #timers = [];
  #busy = false;
  #body = h("div", { class: "stack" });
  #dialog = h("dialog", { class: "dialog consent-dialog", "aria-labelledby": "ask-title" }, this.#body);

  constructor(request, onDone) {
    this.#request = request;
    this.#onDone = onDone;
    for (const query of request.queries) this.#chosen[query.id] = this.#bestOf(query)?.licence_id ?? null;
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

  #bestOf({ candidates }) {
    return candidates.find((one) => one.standing === "valid");
  }

  #draw() {
    const { venue, purpose_title: purpose, queries } = this.#request;
    const can = queries.every((query) => this.#chosen[query.id]);
    this.#buttons = [
      h("button", { type: "button", class: "button quiet", "data-answer": "refuse", onclick: () => this.#answer(false) }, t("ask.refuse")),
      can && h("button", { type: "button", class: "button quiet", "data-answer": "grant", onclick: () => this.#answer(true) }, t("ask.grant"))].filter(Boolean);
    fill(this.#body,
      h("div", { class: "consent-top" }, h("h2", { id: "ask-title", tabindex: "-1" }, t("ask.title", { venue: venue.name })),
        h("button", { type: "button", class: "plain", "aria-label": t("ask.later"), onclick: () => this.#dialog.close() }, icon("cross"))),
      h("dl", { class: "facts" }, h("dt", {}, t("ask.venue")), h("dd", {}, h("strong", {}, venueWords(venue))),
        h("dt", {}, t("ask.purpose")), h("dd", {}, purpose), h("dt", {}, t("ask.kept")), h("dd", {}, this.#keptWords())),
      queries.map((query) => this.#query(query)),
      h("div", { class: "consent-foot stack" }, this.#message, this.#left, h("div", { class: "dialog-actions" }, this.#buttons)));
  }

  // One answer for all that is asked: the longest time for any of it.
  #keptWords() {
    const days = Math.max(...[this.#request.kept_days, ...this.#request.queries.map((query) => query.kept_days)].filter(Number.isFinite), 0);
    return days ? t("ask.kept.days", { days }) : t("ask.kept.none");
  }

  #query(query) {
    const type = typeOf(query.licence_type);
    const titleId = `ask-${query.id}`;
    const values = h("dl", { class: "licence-fields" });
    const show = () => fill(values, this.#values(query, type));
    show();
    const good = query.candidates.filter((one) => one.standing === "valid");
    return h("section", { class: "asked stack", "data-query": query.id, "aria-labelledby": titleId },
      h("h3", { id: titleId }, said(type.name)),
      good.length > 1 && this.#choice(query, type, good, show),
      good.length ? values : h("p", { class: "note warn small" }, icon("alert", 20), t("ask.not-held")));
  }

  // Two licences of a kind are told apart by what each would say.
  #choice(query, type, good, show) {
    const words = (one) => [this.#named(type, one.preview ?? {}), one.valid_until !== undefined && validityWords(one)].filter(Boolean).join(" · ");
    const id = `choose-${query.id}`;
    return h("div", { class: "field" }, h("label", { class: "field-label", for: id }, t("ask.choose")),
      h("select", { class: "input", id, onchange: (event) => { this.#chosen[query.id] = event.target.value; show(); } },
        good.map((one, at) => h("option", { value: one.licence_id }, words(one) || t("ask.nth", { number: at + 1 })))));
  }

  #named(type, preview) {
    const number = preview[type.number_field];
    if (!number) return preview[type.name_field];
    return number.length > SHORT ? t("ask.tail", { tail: number.slice(-TAIL) }) : number;
  }

  #values(query, type) {
    const { preview = {} } = query.candidates.find((one) => one.licence_id === this.#chosen[query.id]) ?? {};
    return query.fields.map((name) => fieldOf(type, name)).map((field) => h("div", { class: "licence-field", "data-field": field.id },
      h("dt", {}, said(field.label)), h("dd", {}, this.#value(field, preview[field.id]))));
  }

  #value(field, text) {
    if (!text) return h("span", { class: "soft" }, t("ask.empty"));
    const address = field.kind === "image" && pictureAddress(text);
    return address ? h("img", { class: "licence-picture", src: address, alt: said(field.label) }) : h("span", { class: "licence-value" }, fieldText(field, text));
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
    this.#busy = true;
    this.#hold(true);
    fill(this.#message, h("p", { class: "soft small", role: "status" }, t("ask.answering")));
    try {
      const { delivery } = isGranted ? await grant(this.#request, this.#chosen) : await refuse(this.#request);
      if (isGranted) for (const id of Object.values(this.#chosen)) noteUse(id).catch(() => {});
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
    for (const button of this.#buttons) button.disabled = isHeld;
  }

  // What goes to a verifier elsewhere may still be on its way.
  #end(state, isWaiting = false) {
    for (const timer of this.#timers) clearInterval(timer);
    this.#busy = true;
    this.#dialog.dataset.ended = state;
    const title = t(`ask.ended.${state}`);
    fill(this.#body, h("div", { class: "asked-end", "data-state": state }, icon(ICONS[state] ?? "clock", 44), h("h2", { id: "ask-title", tabindex: "-1" }, title),
      h("p", {}, venueWords(this.#request.venue)), h("p", { class: "soft small" }, t(AFTERWARDS[state] ?? "ask.ended.nothing")), isWaiting && h("p", { class: "soft small" }, t("ask.ended.waiting"))),
    h("button", { type: "button", class: "button wide", onclick: () => this.#dialog.close() }, t("dialog.understood")));
    announce(title, true);
    this.#body.querySelector("h2").focus({ preventScroll: true });
  }
}
