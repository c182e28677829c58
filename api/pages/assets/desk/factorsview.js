// My own second factors: an authenticator app, a passkey, and codes for when both are lost.

import { dayAndTime, fill, h, notice, question, t } from "../kit.js";
import { button, empty, explain, field, perform, state, table, View } from "./parts.js";
import { hasPasskeys, makePasskey } from "./passkeys.js";
import { askAsStaff, SessionEnded } from "./session.js";

const nameField = (usual) => field(t("desk.factor.name"), h("input", { class: "input", name: "name", required: true, maxlength: 60, value: usual }));

/** The view; `required` says that the desk opens no further without one. */
export class FactorsView extends View {
  #place = h("div", { class: "stack", role: "status" });

  constructor(required) {
    super("factors", { load: () => this.#draw() });
    if (required) this.node.querySelector(".view-head").append(h("p", { class: "note warn", role: "alert" }, t("desk.factor.first")));
  }

  async #draw() {
    const { items, recovery_codes_left } = await askAsStaff("GET", "/v1/staff/factors");
    const rows = items.map((one) => [one.name, t(`desk.factor.${one.kind}`), dayAndTime(one.created_at), one.last_used_at ? dayAndTime(one.last_used_at) : "–",
      button(t("desk.factor.remove"), () => this.#remove(one), "danger-quiet small")]);
    return [
      h("div", { class: "row-actions" }, button(t("desk.factor.add.totp"), () => this.#addTotp(), "small"),
        hasPasskeys() && button(t("desk.factor.add.passkey"), () => this.#addPasskey(), "quiet small")),
      this.#place,
      rows.length ? table(t("desk.tab.factors"), [t("desk.factor.name"), t("desk.factor.kind"), t("desk.since"), t("desk.factor.used"), t("desk.act")], rows) : empty(t("desk.factors.none")),
      rows.length > 0 && h("div", { class: "card stack" }, h("h2", {}, t("desk.codes")), h("p", {}, state(recovery_codes_left > 2 ? "good" : "warn", t("desk.codes.left", { count: recovery_codes_left }))),
        h("div", {}, button(t("desk.codes.renew"), () => this.#renewCodes()))),
    ];
  }

  async #addTotp() {
    const answer = await question({ title: t("desk.factor.add.totp"), fields: [nameField(t("desk.factor.totp"))], confirm: t("desk.next") });
    if (!answer) return;
    try {
      this.#showSecret(await askAsStaff("POST", "/v1/staff/factors/totp", answer));
    } catch (error) {
      if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    }
  }

  #showSecret(made) {
    const input = h("input", { class: "input number", name: "totp", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6, required: true, pattern: "[0-9]{6}" });
    const form = h("form", { class: "card enrolment", "data-totp-secret": made.secret, onsubmit: async (event) => {
      event.preventDefault();
      let added = null;
      if (await perform(async () => { added = await askAsStaff("POST", `/v1/staff/factors/totp/${made.id}/confirm`, { totp: input.value }); }, t("desk.factor.added.said"))) this.#added(added);
    } },
    h("img", { class: "enrolment-picture", alt: t("desk.factor.picture"), src: `data:image/svg+xml,${encodeURIComponent(made.qr_svg)}` }),
    h("div", { class: "stack" }, h("h2", {}, t("desk.factor.scan")), h("p", { class: "soft small" }, t("desk.factor.scan.text")),
      h("p", {}, h("code", { class: "secret" }, made.secret.replace(/(.{4})/g, "$1 ").trim())),
      field(t("desk.factor.confirm"), input), h("div", {}, h("button", { type: "submit", class: "button" }, t("desk.factor.confirm.do")))));
    fill(this.#place, form);
    input.focus();
  }

  async #addPasskey() {
    const answer = await question({ title: t("desk.factor.add.passkey"), text: t("desk.factor.passkey.text"), fields: [nameField(t("desk.factor.passkey"))], confirm: t("desk.next") });
    if (!answer) return;
    let added = null;
    const done = await perform(async () => {
      const ceremony = await askAsStaff("POST", "/v1/staff/factors/passkeys/options");
      const credential = await makePasskey(ceremony.options);
      if (credential) added = await askAsStaff("POST", "/v1/staff/factors/passkeys", { ceremony_id: ceremony.ceremony_id, credential, name: answer.name });
    }, "");
    if (added) this.#added(added);
    else if (done) await notice(t("problem.title"), t("desk.factor.none"));
  }

  #added({ recovery_codes: codes }) {
    this.#showCodes(codes);
    this.refresh();
  }

  #showCodes(codes) {
    fill(this.#place, codes.length > 0 && h("section", { class: "card stack", "data-recovery-codes": true }, h("h2", {}, t("desk.codes")), h("p", {}, t("desk.codes.text")),
      h("ul", { class: "codes" }, codes.map((code) => h("li", {}, h("code", {}, code)))), h("p", { class: "soft small" }, t("desk.codes.again"))));
  }

  async #renewCodes() {
    await perform(async () => this.#showCodes((await askAsStaff("POST", "/v1/staff/factors/recovery-codes")).recovery_codes), t("desk.codes.said"));
  }

  async #remove(factor) {
    const answer = await question({ title: t("desk.factor.remove.title", { name: factor.name }), confirm: t("desk.factor.remove"), danger: true });
    if (answer && await perform(() => askAsStaff("DELETE", `/v1/staff/factors/${factor.id}`), t("desk.factor.removed.said"))) await this.refresh();
  }
}
