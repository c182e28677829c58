// The venue's staff: who may sign in on its scanners.

import { h, icon, question, t } from "../kit.js";
import { lineField, ListCard, showOnce } from "./listcard.js";

/** The card of one venue's staff. */
export class StaffCard {
  #path;
  #card;

  constructor(venue) {
    this.#path = `/v1/venues/${venue.id}/staff`;
    this.#card = new ListCard({
      path: this.#path, id: "staff-title", title: t("staff.title"), addLabel: t("staff.add"), none: t("staff.none"),
      row: (one) => this.#row(one), add: () => this.#add(),
    });
  }

  get node() {
    return this.#card.node;
  }

  load() {
    return this.#card.load();
  }

  #row(one) {
    return h("li", { "data-staff": one.id },
      h("span", { class: "row-icon" }, icon("person", 20)),
      h("div", { class: "row-body" }, h("h3", {}, `${one.name} · ${one.number}`),
        h("p", { class: "soft small" }, t("staff.pseudonym", { pseudonym: one.pseudonym }))),
      h("button", { type: "button", class: "button danger-quiet small", onclick: () => this.#remove(one) }, t("staff.remove")));
  }

  async #add() {
    const answer = await question({
      title: t("staff.add.title"), text: t("staff.add.text"), confirm: t("staff.add"),
      fields: [lineField("name", t("staff.name"), { maxlength: 100 }),
        lineField("number", t("staff.number"), { maxlength: 12, pattern: "[0-9A-Za-z]{1,12}" })],
    });
    if (!answer) return;
    const made = await this.#card.change("POST", this.#path, { name: answer.name.trim(), number: answer.number });
    if (made) await showOnce(t("staff.made.title", { number: answer.number }), t("staff.made.text"), made.pin);
  }

  async #remove(one) {
    const sure = await question({
      title: t("staff.remove.title", { name: one.name }), text: t("staff.remove.text"), confirm: t("staff.remove"), danger: true,
    });
    if (sure) await this.#card.change("DELETE", `${this.#path}/${one.id}`);
  }
}
