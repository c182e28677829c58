// Proving an identity: name and number, the face check at the authority, and the wait where the identity has an account.

import { announce, dayAndTime, fill, h, icon, serverNow, t } from "../kit.js";
import { field, partHead, showFailure, showLoading } from "./part.js";
import { adoptSession, askAsResident, SessionEnded } from "./session.js";
import { explain } from "./words.js";

const LOOK_AGAIN_MS = 3000;

// What the authority's own script says of this browser, where the page is given it; else the little that is known here.
function describeDevice() {
  const told = window.getMetaInfo?.();
  return told ? JSON.stringify(told) : JSON.stringify({ deviceType: "h5", ua: navigator.userAgent });
}

/** The view in which the resident proves who they are. */
export class IdentityView {
  #place = h("section", { class: "card stack" });
  #timer = null;
  #asked = null;
  node = h("div", { class: "stack" }, partHead(t("identity.title"), t("identity.lead")), this.#place);

  start() {
    showLoading(this.#place);
    this.#load();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asked = null;
  }

  update() {}

  async #load() {
    try {
      const [me, { items }] = await Promise.all([askAsResident("GET", "/v1/me"), askAsResident("GET", "/v1/me/identity/claims")]);
      const claim = items.find((one) => !one.on_me && (one.state === "open" || one.state === "approved"));
      if (me.assurance === "verified") this.#drawDone();
      else if (claim) this.#drawClaim(claim);
      else this.#drawForm();
    } catch (error) {
      showFailure(this.#place, error);
    }
  }

  #drawDone() {
    fill(this.#place, h("div", { class: "note good", role: "status" }, icon("shield"),
      h("div", {}, h("strong", {}, t("identity.done")), h("p", { class: "small" }, t("identity.done.next")))));
  }

  #drawForm(refusal = null) {
    const name = h("input", { class: "input", id: "identity-name", autocomplete: "name", maxlength: 100, required: true });
    const number = h("input", { class: "input number", id: "identity-number", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 18, required: true });
    const agree = h("input", { type: "checkbox", id: "identity-agree", class: "tick" });
    const message = h("div");
    const submit = h("button", { class: "button wide", type: "submit" }, icon("person", 20), t("identity.start"));
    const say = (words, input) => {
      input?.focus();
      fill(message, words && h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, words)));
    };
    const act = async () => {
      const person = { name: name.value.trim(), id_number: number.value.trim().toUpperCase() };
      if (!person.name || !person.id_number) return say(t("identity.missing"), person.name ? number : name);
      if (!agree.checked) return say(t("identity.agree.missing"), agree);
      submit.disabled = true;
      return this.#begin(person).catch((error) => {
        submit.disabled = false;
        say(explain(error));
      });
    };
    fill(this.#place, h("form", { class: "stack", novalidate: true, onsubmit: (event) => { event.preventDefault(); act(); } },
      field(t("identity.name"), name), field(t("identity.number"), number, t("identity.number.hint")),
      h("label", { class: "agree small", for: "identity-agree" }, agree, h("span", {}, t("identity.agree"))), message, submit));
    if (refusal) say(refusal);
  }

  async #begin(person) {
    const check = await askAsResident("POST", "/v1/me/identity/checks", {
      json: { kind: "face", ...person, device: describeDevice(), return_url: `${location.origin}/resident` },
    });
    this.#asked = { person, check };
    this.#drawWaiting();
    this.#lookAgain();
  }

  #drawWaiting() {
    const { check } = this.#asked;
    fill(this.#place, h("div", { class: "waiting", role: "status" }, h("span", { class: "row-icon warn" }, icon("clock", 22)),
      h("div", { class: "row-body" }, h("h2", {}, t("identity.waiting")), h("p", { class: "small" }, t("identity.waiting.lead")),
        h("p", { class: "soft tiny" }, t("identity.ends", { time: dayAndTime(check.expires_at) })))),
    check.url && h("a", { class: "button wide", href: check.url, target: "_blank", rel: "noopener" }, icon("camera", 20), t("identity.open")),
    h("button", { type: "button", class: "button quiet", onclick: () => this.#look() }, t("identity.check")),
    h("button", { type: "button", class: "plain", onclick: () => { this.stop(); this.#drawForm(); } }, t("identity.cancel")));
  }

  // The authority tells nobody here when a face has passed, so it is asked again while the page is looked at.
  #lookAgain() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      if (document.visibilityState === "visible") await this.#look();
      if (this.#asked) this.#lookAgain();
    }, LOOK_AGAIN_MS);
  }

  async #look() {
    if (!this.#asked || this.#asked.busy) return;
    const { person, check } = this.#asked;
    this.#asked.busy = true;
    try {
      await this.#finish(await askAsResident("POST", "/v1/me/identity", { json: { evidence: { kind: "face", check_id: check.check_id }, ...person } }));
    } catch (error) {
      const waits = error.slug === "evidence-pending" || error.slug === undefined;
      if (this.#asked && (waits || error instanceof SessionEnded) && Date.parse(check.expires_at) > serverNow()) this.#asked.busy = false;
      else {
        this.stop();
        this.#drawForm(explain(error));
      }
    }
  }

  async #finish(answer) {
    this.stop();
    if (answer.claim_id) {
      await this.#load();
      return;
    }
    await adoptSession(answer);
    announce(t("identity.success"), true);
    this.#drawDone();
  }

  #drawClaim(claim) {
    const message = h("div");
    const complete = h("button", { type: "button", class: "button wide", disabled: !claim.ready, onclick: () => this.#complete(claim, complete, message) }, t("identity.claim.complete"));
    fill(this.#place, h("div", { class: "waiting", role: "status" }, h("span", { class: "row-icon warn" }, icon("clock", 22)),
      h("div", { class: "row-body" }, h("h2", {}, t("identity.claim.title")), h("p", { class: "small" }, t("identity.claim.lead")),
        h("p", { class: "soft small" }, claim.due_at ? t("identity.claim.due", { time: dayAndTime(claim.due_at) }) : t("identity.claim.never")))),
    message, complete,
    h("button", { type: "button", class: "button quiet", onclick: () => this.start() }, icon("refresh", 20), t("identity.claim.refresh")));
  }

  async #complete(claim, button, message) {
    button.disabled = true;
    try {
      await this.#finish(await askAsResident("POST", `/v1/me/identity/claims/${claim.id}/complete`));
    } catch (error) {
      button.disabled = false;
      fill(message, h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, explain(error))));
    }
  }
}
