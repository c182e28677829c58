// A resident on the telephone: found by the whole number for a reason that they are told, and locked if they ask for it.

import { dayAndTime, fill, h, icon, question, t } from "../kit.js";
import { button, empty, explain, field, perform, state, wordsField } from "./parts.js";
import { askAsStaff, SessionEnded } from "./session.js";

/** The view: a form, and below it the one resident that it found. */
export class ResidentsView {
  #result = h("div", { class: "stack", role: "status" });
  node;

  constructor() {
    this.node = h("div", { class: "view stack", "data-view": "residents" },
      h("div", { class: "view-head" }, h("h1", { tabindex: "-1" }, t("desk.tab.residents")), h("p", { class: "soft" }, t("desk.lead.residents"))),
      this.#form(), this.#result);
  }

  start() {}

  stop() {}

  #form() {
    const number = h("input", { class: "input number", name: "number", required: true, maxlength: 32, autocomplete: "off", spellcheck: "false" });
    const kind = h("select", { class: "input", name: "kind" }, h("option", { value: "phone" }, t("desk.find.phone")), h("option", { value: "id_number" }, t("desk.find.id")));
    const reference = h("input", { class: "input", name: "case_reference", required: true, minlength: 3, maxlength: 64, autocomplete: "off" });
    const submit = h("button", { type: "submit", class: "button" }, icon("search", 20), t("desk.find"));
    const form = h("form", { class: "card form-grid", onsubmit: (event) => { event.preventDefault(); this.#find(form, submit); } },
      field(t("desk.find.by"), kind), field(t("desk.find.number"), number, t("desk.find.whole")),
      field(t("desk.find.case"), reference, t("desk.find.case.hint")), wordsField(t("desk.reason"), "reason", t("desk.find.told")), h("div", { class: "form-end" }, submit));
    return form;
  }

  async #find(form, submit) {
    const { kind, number, reason, case_reference } = Object.fromEntries(new FormData(form));
    submit.disabled = true;
    try {
      const found = await askAsStaff("POST", "/v1/desk/residents/search", { [kind]: number.replace(/\s/g, ""), reason, case_reference });
      this.#show(found);
    } catch (error) {
      if (error instanceof SessionEnded) return;
      fill(this.#result, error.slug === "not-found" ? empty(t("desk.find.none")) : h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, explain(error))));
    } finally {
      submit.disabled = false;
    }
  }

  #show(found) {
    const facts = [
      [t("desk.found.phone"), found.masked_phone ?? "–"],
      [t("desk.found.verified"), found.verified ? state("good", t("desk.yes")) : state("warn", t("desk.no"))],
      [t("desk.found.installations"), String(found.installations)],
      [t("desk.found.locked"), found.locked ? state("bad", t("desk.yes")) : state("good", t("desk.no"))],
    ];
    fill(this.#result, h("section", { class: "card stack", "data-found": found.look_id },
      h("h2", {}, found.masked_name ?? t("desk.found.nameless")),
      h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { class: "number" }, value)))),
      h("p", { class: "soft tiny" }, t("desk.found.until", { time: dayAndTime(found.expires_at) })),
      h("div", { class: "row-actions" }, button(t("desk.lock"), () => this.#lock(found), "danger small"))));
  }

  async #lock(found) {
    const answer = await question({
      title: t("desk.lock.title", { name: found.masked_name ?? t("desk.found.nameless") }), text: t("desk.lock.text"),
      fields: [wordsField(t("desk.reason"), "reason")], confirm: t("desk.lock"), danger: true,
    });
    if (!answer) return;
    if (await perform(() => askAsStaff("POST", `/v1/desk/residents/${found.look_id}/lock`, answer), t("desk.lock.said"))) this.#show({ ...found, locked: true });
  }
}
