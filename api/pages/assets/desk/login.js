// Getting to the desk: phone, one-time password, and the second factor where the account has one.

import { ask, fill, h, icon, t } from "../kit.js";
import { lastTexted, sentOtp } from "../resident/development.js";
import { field } from "./parts.js";
import { askPasskey, hasPasskeys } from "./passkeys.js";
import { deskInstallation, endAtServer, keepSession } from "./session.js";
import { explain } from "./parts.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const DEMO_ROLES = ["operator", "window"];
const WHY = new Set(["idle", "signed-out", "session-expired", "session-reused", "locked"]);

// Elsewhere the route does not exist and is not asked for.
async function demoStaff() {
  if (!LOOPBACK.has(location.hostname)) return [];
  const people = await ask("GET", "/v1/development/people").catch(() => ({}));
  return DEMO_ROLES.filter((role) => people[role]).map((role) => [role, people[role]]);
}

/** Draws the steps into `root`; `reason` says why the last session ended. */
export class DeskLogin {
  #root;
  #reason;
  #message = h("div");
  #strip = h("div");
  #installation = deskInstallation();

  constructor(root, reason) {
    this.#root = root;
    this.#reason = WHY.has(reason) ? reason : null;
  }

  async draw() {
    this.#askPhone();
    const demo = await demoStaff();
    if (demo.length && this.#root.contains(this.#strip)) this.#offer(demo);
  }

  #frame(form) {
    this.#say("");
    fill(this.#root, h("div", { class: "entry stack" },
      h("div", {}, h("h1", { tabindex: "-1" }, t("desk.login")), h("p", { class: "soft" }, t("desk.login.lead"))),
      this.#reason && h("p", { class: "note", role: "status" }, icon("leave"), h("span", {}, t(`desk.why.${this.#reason}`))),
      h("section", { class: "card stack", "aria-label": t("desk.login") }, form, this.#message), this.#strip));
    form.querySelector("input")?.focus();
  }

  #say(words) {
    fill(this.#message, words && h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, words)));
  }

  #form(controls, confirm, work) {
    const submit = h("button", { type: "submit", class: "button wide" }, confirm);
    return h("form", { class: "stack", novalidate: true, onsubmit: async (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      submit.disabled = true;
      try {
        await work();
      } catch (error) {
        this.#say(explain(error));
        const input = event.target.querySelector("input");
        input?.setAttribute("aria-invalid", "true");
        input?.focus();
      } finally {
        submit.disabled = false;
      }
    } }, controls, submit);
  }

  #offer(demo) {
    const use = ({ installation_id: installation, phone }) => {
      this.#installation = installation;
      this.#sendOtp(phone).catch((error) => this.#say(explain(error)));
    };
    const button = ([role, person]) => h("button", { type: "button", class: "button quiet", "data-demo": role, onclick: () => use(person) }, t(`desk.demo.${role}`, { name: person.name }));
    fill(this.#strip, h("section", { class: "development stack", "aria-label": t("development.title") },
      h("h2", {}, h("span", { class: "tag" }, t("development.title"))),
      demo.map(button)));
  }

  #askPhone() {
    const input = h("input", { class: "input number", name: "phone", type: "tel", autocomplete: "tel-national", required: true, maxlength: 20 });
    this.#frame(this.#form(field(t("login.phone"), input), t("login.send"), () => this.#sendOtp(input.value.replace(/[\s-]/g, ""))));
  }

  async #sendOtp(phone) {
    const before = await lastTexted(phone);
    const challenge = await ask("POST", "/v1/otp", { json: { phone } });
    this.#reason = null;
    const input = h("input", { class: "input number", name: "otp", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6, required: true });
    const form = this.#form(field(t("login.otp"), input), t("login.open"), () => this.#open(challenge.challenge_id, input.value.trim()));
    const development = this.#strip.hasChildNodes();
    fill(this.#strip);
    this.#frame(form);
    if (!development) return;
    const otp = await sentOtp(phone, before);
    if (!otp || !form.isConnected) return;
    const fillIn = () => { input.value = otp; form.requestSubmit(); };
    fill(this.#strip, h("section", { class: "development stack", "aria-label": t("development.title") },
      h("p", {}, t("development.otp"), h("strong", { class: "number", "data-otp": otp }, otp)),
      h("button", { type: "button", class: "button quiet", onclick: fillIn }, t("development.use"))));
  }

  async #open(challengeId, otp) {
    const opened = await ask("POST", "/v1/sessions", { json: { grant: "otp", challenge_id: challengeId, otp, installation_id: this.#installation } });
    fill(this.#strip);
    const me = await ask("GET", "/v1/staff/me", { token: opened.access_token }).catch((error) => {
      // A computer that nobody has let in bears no role, and is not told whether its account has one.
      if (error.slug !== "forbidden") throw error;
      this.#say(t("desk.login.not-let-in"));
    });
    if (!me) return;
    if (me.roles.length && !me.has_factor) {
      await keepSession(opened);
    } else if (me.has_factor) {
      this.#askFactor(opened);
    } else {
      // The desk opens for enrolling the first factor alone.
      await keepSession(opened);
    }
  }

  #askFactor(opened) {
    const input = h("input", { class: "input number", name: "factor", autocomplete: "one-time-code", maxlength: 32, required: true });
    const given = () => input.value.replace(/\s/g, "");
    const shown = () => (/^\d{6}$/.test(given()) ? { totp: given() } : { recovery_code: input.value.trim() });
    const form = this.#form(field(t("desk.factor.code"), input, t("desk.factor.hint")), t("desk.factor.give"), () => this.#bear(opened, shown()));
    if (hasPasskeys()) {
      form.append(h("button", { type: "button", class: "button quiet wide", onclick: () => this.#byPasskey(opened).catch((error) => this.#say(explain(error))) }, t("desk.factor.passkey")));
    }
    this.#frame(form);
  }

  async #byPasskey(opened) {
    const ceremony = await ask("POST", "/v1/staff/sessions/options", { token: opened.access_token });
    const credential = await askPasskey(ceremony.options);
    if (credential) await this.#bear(opened, { passkey: { ceremony_id: ceremony.ceremony_id, credential } });
    else this.#say(t("desk.factor.none"));
  }

  async #bear(opened, proof) {
    const session = await ask("POST", "/v1/staff/sessions", { json: proof, token: opened.access_token });
    await keepSession(session);
    // The session by phone alone has done its part; left open it would outlive the desk's.
    await endAtServer(opened.access_token).catch(() => {});
  }
}
