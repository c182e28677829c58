// Logging in by phone: the number, then the one-time password.

import { announce, ask, fill, h, icon, Refusal, serverNow, t } from "../kit.js";
import { demoPeople, lastTexted, sentOtp } from "./development.js";
import { installationId, openSession } from "./session.js";
import { explain } from "./words.js";

const RESEND_AFTER_MS = 60_000;
const WHY = new Set(["locked", "signed-out", "session-expired", "session-reused", "leaving", "withdrawn"]);

// As people here write it: in groups, without the country's own prefix.
const readable = (phone) => phone.replace(/^(?:\+?86)?(1\d{2})(\d{4})(\d{4})$/, "$1 $2 $3");

/**
 * Draws the login page into `root`; `reason` says why the last session ended, where it did, and `people` finds whom a
 * development server offers. Returns how to stop it.
 */
export function showLogin(root, reason, people = demoPeople) {
  const view = new Login(root, reason, people);
  view.draw();
  return () => view.stop();
}

class Login {
  #root;
  #reason;
  #people = [];
  #chosen = null;
  #phone = "";
  #challenge = null;
  #resendAt = 0;
  #expiresAt = 0;
  #timer = null;
  #message = h("div", { class: "login-message" });
  #strip = h("div");
  #developmentOtp = "";

  constructor(root, reason, people) {
    this.#root = root;
    this.#reason = WHY.has(reason) ? reason : null;
    people().then((found) => {
      this.#people = found;
      this.#drawStrip();
    });
  }

  stop() {
    clearInterval(this.#timer);
  }

  draw() {
    fill(this.#root,
      h("div", { class: "login" },
        h("div", { class: "login-lead" },
          h("h1", { tabindex: "-1" }, t("login.title")),
          h("p", { class: "soft" }, t("login.lead"))),
        this.#why(),
        h("section", { class: "card stack", "aria-label": t("login.title") },
          this.#challenge ? this.#otpForm() : this.#phoneForm(), this.#message),
        this.#strip));
    this.#drawStrip();
  }

  #why() {
    if (!this.#reason) return null;
    const locked = this.#reason === "locked";
    return h("div", { class: locked ? "note good" : "note", role: "status" }, icon(locked ? "lock" : "leave"),
      h("div", {}, h("strong", {}, t(`login.why.${this.#reason}`)),
        h("p", { class: "small" }, t(`login.why.${this.#reason}.next`))));
  }

  #phoneForm() {
    const input = h("input", {
      class: "input number", id: "phone", name: "phone", type: "tel", inputmode: "tel", autocomplete: "tel-national",
      required: true, maxlength: 20, value: this.#phone, placeholder: t("login.phone.example"), "aria-describedby": "phone-hint",
    });
    const submit = h("button", { class: "button wide", type: "submit" }, t("login.send"));
    return h("form", { class: "stack", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.#requestOtp(input, submit); } },
      h("div", { class: "field" }, h("label", { class: "field-label", for: "phone" }, t("login.phone")), input,
        h("p", { class: "soft tiny", id: "phone-hint" }, t("login.phone.hint"))),
      submit);
  }

  #otpForm() {
    const input = h("input", {
      class: "input number otp", id: "otp", name: "otp", inputmode: "numeric", autocomplete: "one-time-code",
      pattern: "[0-9]*", maxlength: 6, required: true, "aria-describedby": "otp-hint",
      oninput: () => { if (/^\d{6}$/.test(input.value)) form.requestSubmit(); },
    });
    const submit = h("button", { class: "button wide", type: "submit" }, t("login.open"));
    const resend = h("button", { class: "plain accent", type: "button", onclick: () => this.#requestOtp(null, resend) }, t("login.resend"));
    const hint = h("p", { class: "soft tiny", id: "otp-hint" });
    const form = h("form", { class: "stack", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.#open(input, submit); } },
      h("p", { class: "small" }, t("login.sent", { phone: readable(this.#phone) })),
      h("div", { class: "field" }, h("label", { class: "field-label", for: "otp" }, t("login.otp")), input, hint),
      submit,
      h("div", { class: "login-more" }, resend,
        h("button", { class: "plain", type: "button", onclick: () => { this.#challenge = null; this.#say(""); this.draw(); this.#focus("phone"); } }, t("login.other"))));
    this.#count(resend, hint);
    return form;
  }

  #count(resend, hint) {
    clearInterval(this.#timer);
    const step = () => {
      const wait = Math.ceil((this.#resendAt - Date.now()) / 1000);
      resend.disabled = wait > 0;
      resend.textContent = wait > 0 ? t("login.resend.in", { seconds: wait }) : t("login.resend");
      const left = (this.#expiresAt - serverNow()) / 60_000;
      hint.textContent = left > 0 ? t("login.otp.hint", { minutes: Math.max(1, Math.round(left)) }) : t("login.otp.ended");
    };
    step();
    this.#timer = setInterval(step, 1000);
  }

  async #requestOtp(input, button) {
    if (input) {
      this.#phone = input.value.replace(/[\s-]/g, "");
      if (this.#chosen && this.#chosen.phone !== this.#phone) this.#chosen = null;
      if (!this.#phone) return this.#invalid(input, t("login.phone.missing"));
    }
    button.disabled = true;
    const before = await lastTexted(this.#phone);
    try {
      this.#challenge = await ask("POST", "/v1/otp", { json: { phone: this.#phone } });
    } catch (error) {
      button.disabled = false;
      if (error instanceof Refusal && error.retryAfter) this.#resendAt = Date.now() + error.retryAfter * 1000;
      return input && error.slug === "invalid-request" ? this.#invalid(input, t("login.phone.wrong")) : this.#say(explain(error));
    }
    this.#expiresAt = Date.parse(this.#challenge.expires_at);
    this.#resendAt = Date.now() + RESEND_AFTER_MS;
    this.#reason = null;
    this.#developmentOtp = "";
    this.#say("");
    this.draw();
    this.#focus("otp");
    if (this.#people.length) this.#showOtp(before);
  }

  async #showOtp(before) {
    this.#developmentOtp = await sentOtp(this.#phone, before) ?? "";
    this.#drawStrip();
  }

  async #open(input, button) {
    const otp = input.value.trim();
    if (!/^\d{4,8}$/.test(otp)) return this.#invalid(input, t("login.otp.missing"));
    if (button.disabled) return undefined;
    button.disabled = true;
    try {
      await openSession(this.#chosen?.installation_id ?? installationId(), this.#challenge.challenge_id, otp);
    } catch (error) {
      button.disabled = false;
      input.value = "";
      this.#invalid(input, explain(error));
    }
    return undefined;
  }

  #invalid(input, words) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
    this.#say(words);
  }

  #say(words) {
    fill(this.#message, words && h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, words)));
    if (!words) announce("");
  }

  #focus(id) {
    document.getElementById(id)?.focus();
  }

  #drawStrip() {
    if (!this.#people.length) return;
    const content = this.#challenge ? this.#otpStrip() : this.#peopleStrip();
    fill(this.#strip, h("section", { class: "development stack", "aria-label": t("development.title") },
      h("h2", {}, h("span", { class: "tag" }, t("development.title"))), content));
  }

  #peopleStrip() {
    return [h("p", { class: "small soft" }, t("development.people")),
      h("ul", { class: "people" }, this.#people.map((person) => h("li", {},
        h("button", { type: "button", class: "person", onclick: () => this.#choose(person) },
          h("span", { class: "person-name" }, person.name), h("span", { class: "number small soft" }, readable(person.phone)),
          !person.verified && h("span", { class: "tag" }, t("development.unverified"))))))];
  }

  #choose(person) {
    this.#chosen = person;
    this.#phone = person.phone;
    this.draw();
    this.#root.querySelector("form").requestSubmit();
  }

  #otpStrip() {
    if (!this.#developmentOtp) return h("p", { class: "small soft" }, t("development.waiting"));
    const use = () => {
      const input = document.getElementById("otp");
      input.value = this.#developmentOtp;
      input.form.requestSubmit();
    };
    return h("div", { class: "development-otp" },
      h("p", {}, t("development.otp"), h("strong", { class: "number", "data-otp": this.#developmentOtp }, this.#developmentOtp)),
      h("button", { type: "button", class: "button quiet small", onclick: use }, t("development.use")));
  }
}
