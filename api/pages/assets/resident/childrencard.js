// Children under 14: consenting as a guardian, showing their code, and saying that the other guardian is one.

import { announce, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { field } from "./part.js";
import { askAsResident } from "./session.js";
import { explain } from "./words.js";

const PATH = "/v1/me/guardian-consents";

/** The card; `onChange` is told when a child's code can be shown from now on. */
export class ChildrenCard {
  #rows = h("div");
  #waiting = h("div");
  #onChange;
  node;

  constructor(onChange) {
    this.#onChange = onChange;
    this.node = h("section", { class: "card stack", "aria-labelledby": "children-title" },
      h("h2", { id: "children-title" }, t("children.title")), h("p", { class: "soft small" }, t("children.lead")),
      this.#rows, this.#waiting,
      h("button", { type: "button", class: "button quiet wide", onclick: () => this.#consent() }, t("children.consent")));
  }

  async load() {
    try {
      const [own, waiting] = await Promise.all([askAsResident("GET", PATH), askAsResident("GET", `${PATH}/waiting`)]);
      const living = own.items.filter((one) => !one.withdrawn_at);
      fill(this.#rows, living.length > 0 && h("ul", { class: "rows" }, living.map((item) => this.#row(item))));
      fill(this.#waiting, waiting.items.length > 0 && h("ul", { class: "rows" }, waiting.items.map((item) => this.#waitingRow(item))));
    } catch {
      // Whoever is not verified here is told so by the list above.
      fill(this.#rows);
      fill(this.#waiting);
    }
  }

  #row(item) {
    const state = item.confirmed_at ? h("span", { class: "tag accent" }, t(`children.by.${item.confirmed_by}`)) : h("span", { class: "tag warn" }, t("children.unconfirmed"));
    return h("li", { "data-consent": item.id }, h("span", { class: "row-icon" }, icon("person", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, `${item.masked_name} `, h("span", { class: "number" }, item.masked_id_number)), h("p", { class: "tags" }, state),
        !item.confirmed_at && h("p", { class: "soft small" }, t("children.how")),
        h("div", { class: "row-actions" },
          item.used_at && h("button", { type: "button", class: "button small", onclick: () => this.#care(item) }, t("children.care")),
          h("button", { type: "button", class: "button small danger-quiet", onclick: () => this.#withdraw(item) }, t("children.withdraw")))));
  }

  #waitingRow(item) {
    return h("li", { "data-waiting": item.id }, h("span", { class: "row-icon" }, icon("alert", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, t("children.another", { name: item.guardian_masked_name ?? "–", child: item.child_masked_name })),
        h("p", { class: "soft tiny" }, dayAndTime(item.given_at)),
        h("div", { class: "row-actions" }, h("button", { type: "button", class: "button small quiet", onclick: () => this.#confirm(item) }, t("children.confirm")))));
  }

  async #consent() {
    const input = (id, name, most) => h("input", { class: "input", id, name, required: true, maxlength: most, autocomplete: "off" });
    const relation = h("select", { class: "input", id: "child-relation", name: "relation" }, ["parent", "guardian"].map((one) => h("option", { value: one }, t(`children.relation.${one}`))));
    const answer = await question({
      title: t("children.consent"), text: t("children.consent.text"), confirm: t("children.agree"),
      fields: [field(t("children.name"), input("child-name", "name", 200)), field(t("children.number"), input("child-number", "id_number", 18)), field(t("children.relation"), relation)],
    });
    if (answer) await this.#do(() => askAsResident("POST", PATH, { json: answer }), "children.consented");
  }

  async #confirm(item) {
    const answer = await question({ title: t("children.confirm.title", { name: item.guardian_masked_name ?? "–" }), text: t("children.confirm.text"), confirm: t("children.confirm") });
    if (answer) await this.#do(() => askAsResident("POST", `${PATH}/${item.id}/confirm`), "children.confirmed");
  }

  #care(item) {
    return this.#do(() => askAsResident("POST", "/v1/me/relatives", { json: { consent_id: item.id } }), "children.cared");
  }

  async #withdraw(item) {
    const answer = await question({ title: t("children.withdraw.title", { name: item.masked_name }), text: t("children.withdraw.text"), confirm: t("children.withdraw"), danger: true });
    if (answer) await this.#do(() => askAsResident("DELETE", `${PATH}/${item.id}`), "children.withdrawn");
  }

  async #do(work, said) {
    try {
      await work();
      announce(t(said));
      await this.load();
      this.#onChange();
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
  }
}
