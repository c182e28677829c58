// Checking in by a venue's poster: what will be told is said first, and then there is a receipt.

import { announce, ask, clockTime, dayAndTime, fill, h, has, icon, randomId, t } from "../kit.js";
import { partHead, showFailure, showLoading } from "./part.js";
import { askAsResident } from "./session.js";
import { keptSubjects, loadSubjects, MINE, nameOf, wireOf } from "./subjects.js";
import { explain } from "./words.js";

const ADDRESS = /^#\/check-in\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

const worded = (group, name) => (has(`${group}.${name}`) ? t(`${group}.${name}`) : name);

/** The venue that the page's address is about, or null. */
export function venueInAddress() {
  return ADDRESS.exec(location.hash)?.[1].toLowerCase() ?? null;
}

/** The view of one venue: asks, checks in, and shows the receipt. */
export class CheckInView {
  #venueId = venueInAddress();
  #body = h("section", { class: "card stack check-in" });
  // One for this visit: a second tap, or a retry after a tunnel, is the same check-in.
  #key = randomId();
  // What came of it, once there is something.
  #done = null;
  #onLock;
  node;

  constructor({ onLock, before }) {
    this.#onLock = onLock;
    if (before && before.#venueId === this.#venueId) [this.#key, this.#done] = [before.#key, before.#done];
    this.node = h("div", { class: "stack" }, partHead(t("checkin.title"), t("checkin.lead"), { toCode: true }), this.#body);
  }

  async start() {
    showLoading(this.#body);
    try {
      const [venue, subjects, { chosen }] = await Promise.all([ask("GET", `/v1/places/${this.#venueId}`), loadSubjects().catch(() => [MINE]), keptSubjects()]);
      if (this.#done) this.#showReceipt(venue, this.#done);
      else this.#ask(venue, subjects, subjects.find((one) => nameOf(one) === nameOf(chosen)) ?? MINE);
    } catch (error) {
      if (error.status === 404) this.#tellGone();
      else showFailure(this.#body, error);
    }
  }

  stop() {}

  update() {}

  #tellGone() {
    fill(this.#body, h("div", { class: "empty" }, icon("alert", 32), h("p", {}, t("checkin.gone")), h("p", { class: "soft small" }, t("checkin.gone.next"))));
  }

  #ask(venue, subjects, chosen) {
    const choice = subjects.length > 1 && h("select", { class: "input", id: "check-in-as" },
      subjects.map((one, at) => h("option", { value: at, selected: one === chosen }, one.name ?? t("checkin.self"))));
    const message = h("div");
    const button = h("button", { type: "button", class: "button wide", onclick: () => this.#checkIn(venue, choice ? subjects[choice.value] : MINE, button, message) }, icon("check", 20), t("checkin.button"));
    fill(this.#body, h("div", {}, h("h2", {}, venue.name), venue.address && h("p", { class: "soft small" }, venue.address)),
      h("dl", { class: "facts" }, h("dt", {}, t("checkin.purpose")), h("dd", {}, h("strong", {}, venue.purpose_title)),
        h("dt", {}, t("checkin.told")), h("dd", {}, venue.fields.map((name) => worded("field", name)).join(t("list.comma")))),
      h("p", { class: "soft small" }, t("checkin.never")),
      choice && h("div", { class: "field" }, h("label", { class: "field-label", for: "check-in-as" }, t("checkin.as")), choice), button, message);
  }

  async #checkIn(venue, subject, button, message) {
    button.disabled = true;
    fill(message);
    try {
      const receipt = await askAsResident("POST", "/v1/me/check-ins", {
        json: { venue_id: this.#venueId, ...wireOf(subject) }, headers: { "Idempotency-Key": this.#key },
      });
      this.#done = { subject, receipt };
      this.#showReceipt(venue, this.#done);
    } catch (error) {
      button.disabled = false;
      fill(message, h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, explain(error))));
    }
  }

  #showReceipt(venue, { subject, receipt }) {
    const { at, fields } = receipt;
    fill(this.#body, h("div", { class: "receipt", role: "status", "data-check-in": receipt.id },
      icon("check", 48), h("h2", { tabindex: "-1" }, t("checkin.done")), h("p", { class: "receipt-time number" }, clockTime(at)),
      h("p", {}, h("strong", {}, venue.name)), h("p", { class: "soft small" }, [venue.purpose_title, dayAndTime(at), subject.name].filter(Boolean).join(" · ")),
      h("p", { class: "soft small" }, t("accesses.fields", { fields: fields.length ? fields.map((name) => worded("field", name)).join(t("list.comma")) : t("accesses.nothing") })),
      h("p", {}, t("checkin.show"))),
    h("div", { class: "row-actions" }, h("a", { class: "button quiet small", href: "#/accesses" }, icon("eye", 18), t("tab.accesses")),
      h("button", { type: "button", class: "button small danger-quiet", onclick: this.#onLock }, icon("lock", 18), t("banner.lock"))));
    announce(t("checkin.done"));
    this.#body.querySelector("h2").focus({ preventScroll: true });
  }
}
