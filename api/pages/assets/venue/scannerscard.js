// The venue's scanners: enrolled, renewed, revoked.

import { dayAndTime, h, icon, question, t } from "../kit.js";
import { lineField, ListCard, showOnce } from "./listcard.js";

/** The card of one venue's scanners. */
export class ScannersCard {
  #path;
  #card;

  constructor(venue) {
    this.#path = `/v1/venues/${venue.id}/scanners`;
    this.#card = new ListCard({
      path: this.#path, id: "scanners-title", title: t("scanners.title"), addLabel: t("scanners.add"), none: t("scanners.none"),
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
    const gone = one.revoked_at || Date.parse(one.expires_at) < Date.now();
    const about = [
      one.last_used_at ? t("scanners.used", { at: dayAndTime(one.last_used_at) }) : t("scanners.unused"),
      t("scanners.ends", { at: dayAndTime(one.expires_at) }),
      one.key_thumbprint ? t("scanners.key", { key: one.key_thumbprint.slice(0, 8) }) : t("scanners.keyless"),
    ];
    return h("li", { "data-scanner": one.id, class: one.revoked_at ? "gone" : null },
      h("span", { class: `row-icon ${gone ? "bad" : "good"}` }, icon(gone ? "cross" : "scan", 20)),
      h("div", { class: "row-body" }, h("h3", {}, one.name),
        one.revoked_at ? h("p", { class: "soft small" }, t("scanners.revoked", { at: dayAndTime(one.revoked_at) }))
          : about.map((words) => h("p", { class: "soft small" }, words)),
        !one.revoked_at && h("div", { class: "row-actions" },
          h("button", { type: "button", class: "button quiet small", onclick: () => this.#renew(one) }, t("scanners.renew")),
          h("button", { type: "button", class: "button danger-quiet small", onclick: () => this.#revoke(one) }, t("scanners.revoke")))));
  }

  async #add() {
    const answer = await question({
      title: t("scanners.add.title"), text: t("scanners.add.text"), confirm: t("scanners.add"),
      fields: [lineField("name", t("scanners.name"), { maxlength: 100 })],
    });
    if (!answer) return;
    const made = await this.#card.change("POST", this.#path, { name: answer.name.trim() });
    if (made) await showOnce(t("scanners.made.title"), t("scanners.made.text"), made.credential);
  }

  async #renew(one) {
    const sure = await question({ title: t("scanners.renew.title"), text: t("scanners.renew.text"), confirm: t("scanners.renew") });
    if (!sure) return;
    const made = await this.#card.change("POST", `${this.#path}/${one.id}/renew`);
    if (made) await showOnce(t("scanners.renewed.title"), t("scanners.renewed.text"), made.credential);
  }

  async #revoke(one) {
    const sure = await question({
      title: t("scanners.revoke.title", { name: one.name }), text: t("scanners.revoke.text"), confirm: t("scanners.revoke"), danger: true,
    });
    if (sure) await this.#card.change("DELETE", `${this.#path}/${one.id}`);
  }
}
