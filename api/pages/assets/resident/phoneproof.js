// A phone proven just now: its number, then the one-time password. What is done with the proof is the caller's.

import { announce, ask, fill, h, icon, t } from "../kit.js";
import { isDevelopment, lastTexted, sentOtp } from "./development.js";
import { field } from "./part.js";
import { explain } from "./words.js";

/** A form that calls `onProven` with a grant, as openSession takes it; what that throws is said in the form. */
export class PhoneProof {
  #label;
  #confirm;
  #danger;
  #onProven;
  #onCancel;
  #message = h("div");
  #fields = h("div", { class: "stack" });
  node = h("div", { class: "stack proof" }, this.#fields, this.#message);

  constructor({ label, confirm, danger = false, onProven, onCancel }) {
    this.#label = label;
    this.#confirm = confirm;
    this.#danger = danger;
    this.#onProven = onProven;
    this.#onCancel = onCancel;
    this.#drawPhone();
  }

  focus() {
    this.#fields.querySelector("input").focus();
  }

  #drawPhone() {
    const input = h("input", { class: "input number", id: "proof-phone", type: "tel", inputmode: "tel", autocomplete: "tel-national", maxlength: 20, required: true, placeholder: t("login.phone.example") });
    const submit = h("button", { class: "button", type: "submit" }, t("proof.send"));
    fill(this.#fields, this.#form([field(this.#label, input)], submit, () => this.#send(input, submit)));
  }

  #drawOtp(challenge, phone, before) {
    const input = h("input", { class: "input number otp", id: "proof-otp", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6, required: true });
    const submit = h("button", { class: this.#danger ? "button danger" : "button", type: "submit" }, this.#confirm);
    const strip = h("div");
    fill(this.#fields, h("p", { class: "small" }, t("proof.sent")),
      this.#form([field(t("proof.otp"), input)], submit, () => this.#prove(challenge, input, submit)), strip);
    input.focus();
    this.#showOtp(strip, phone, before);
  }

  async #showOtp(strip, phone, before) {
    const otp = (await isDevelopment()) && await sentOtp(phone, before);
    if (otp) fill(strip, h("p", { class: "development small" }, t("development.otp"), h("strong", { class: "number", "data-otp": otp }, otp)));
  }

  #form(fields, submit, act) {
    return h("form", { class: "stack", novalidate: true, onsubmit: (event) => { event.preventDefault(); act(); } }, fields,
      h("div", { class: "dialog-actions" },
        h("button", { type: "button", class: "button quiet", onclick: this.#onCancel }, t("proof.cancel")), submit));
  }

  async #send(input, submit) {
    const phone = input.value.replace(/[\s-]/g, "");
    if (!phone) return this.#refuse(input, t("login.phone.missing"));
    submit.disabled = true;
    const before = await lastTexted(phone);
    try {
      const challenge = await ask("POST", "/v1/otp", { json: { phone } });
      this.#say("");
      this.#drawOtp(challenge, phone, before);
    } catch (error) {
      submit.disabled = false;
      this.#refuse(input, error.slug === "invalid-request" ? t("login.phone.wrong") : explain(error));
    }
    return undefined;
  }

  async #prove(challenge, input, submit) {
    const otp = input.value.trim();
    if (!/^\d{6}$/.test(otp)) return this.#refuse(input, t("login.otp.missing"));
    submit.disabled = true;
    try {
      await this.#onProven({ grant: "otp", challenge_id: challenge.challenge_id, otp });
    } catch (error) {
      submit.disabled = false;
      this.#refuse(input, explain(error));
    }
    return undefined;
  }

  #refuse(input, words) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
    this.#say(words);
  }

  #say(words) {
    fill(this.#message, words && h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, words)));
    if (!words) announce("");
  }
}
