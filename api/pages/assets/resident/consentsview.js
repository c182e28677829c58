// Consents: what for, by what law, and a switch for each that is not essential.

import { announce, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { partHead, showFailure, showLoading } from "./part.js";
import { askAsResident, endBy } from "./session.js";
import { explain } from "./words.js";

/** The view of what the resident agreed to. */
export class ConsentsView {
  #whereabouts;
  #list = h("div", { class: "stack" });
  #guardian = h("div");
  node = h("div", { class: "stack" }, partHead(t("consents.title"), t("consents.lead")), this.#list, this.#guardian);

  constructor({ whereabouts }) {
    this.#whereabouts = whereabouts;
  }

  start() {
    showLoading(this.#list);
    this.#load();
  }

  stop() {}

  update() {}

  async #load() {
    try {
      const { items } = await askAsResident("GET", "/v1/me/consents");
      fill(this.#list, items.map((item) => this.#card(item)));
      if (items.some((item) => item.kind === "identity" && item.state === "granted")) this.#loadGuardian();
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  // Most residents are no guardians, and one who is not verified is not even asked.
  async #loadGuardian() {
    try {
      const { items } = await askAsResident("GET", "/v1/me/guardian-consents");
      if (!items.length) return;
      fill(this.#guardian, h("section", { class: "card stack", "aria-labelledby": "guardian-title" },
        h("h2", { id: "guardian-title" }, t("guardian.title")), h("p", { class: "soft small" }, t("guardian.lead")),
        h("ul", { class: "rows" }, items.map((item) => h("li", {}, h("span", { class: "row-icon" }, icon("person", 20)),
          h("div", { class: "row-body" }, h("h3", {}, item.masked_name), h("p", { class: "soft tiny" }, t("guardian.given", { time: dayAndTime(item.given_at) }))))))));
    } catch {
      this.#guardian.replaceChildren();
    }
  }

  #card(item) {
    const titleId = `consent-${item.kind}`;
    return h("section", { class: "card consent", "data-consent": item.kind, "aria-labelledby": titleId },
      h("div", { class: "consent-head" },
        h("div", { class: "row-body" }, h("h2", { id: titleId }, item.title),
          h("p", { class: "tags" }, item.sensitive && h("span", { class: "tag warn" }, t("consents.sensitive")),
            item.essential && h("span", { class: "tag" }, t("consents.essential")), h("span", { class: "soft tiny" }, this.#when(item)))),
        this.#control(item, titleId)),
      h("p", { class: "small" }, item.purpose),
      h("details", { class: "small" }, h("summary", {}, t("consents.details")),
        h("p", { class: "soft" }, t("consents.withdrawing"), item.withdrawing), h("p", { class: "soft" }, t("consents.basis"), item.basis)));
  }

  #when(item) {
    if (item.state === "granted") return t("consents.since", { time: dayAndTime(item.granted_at) });
    return item.state === "withdrawn" ? t("consents.ended", { time: dayAndTime(item.withdrawn_at) }) : t("consents.never");
  }

  #control(item, titleId) {
    const on = item.state === "granted";
    if (item.essential) return h("a", { class: "plain accent", href: "#/data" }, t("consents.to-leaving"));
    if (item.kind === "identity" && on) return h("button", { type: "button", class: "button quiet small", onclick: () => this.#withdrawIdentity() }, t("consents.withdraw"));
    if (!on && !item.can_grant) return h("a", { class: "plain accent", href: "#/identity" }, t("consents.to-proving"));
    const button = h("button", { type: "button", class: "switch", role: "switch", "aria-checked": String(on), "aria-labelledby": titleId, onclick: () => this.#switch(item, button) },
      h("span", { class: "switch-track" }, h("span", { class: "switch-knob" })));
    return button;
  }

  async #switch(item, button) {
    button.disabled = true;
    try {
      const path = `/v1/me/consents/${item.kind}`;
      const changed = item.state === "granted" ? await askAsResident("DELETE", path) : await askAsResident("PUT", path, { json: { version: item.version } });
      if (changed.kind === "location" && changed.state !== "granted") this.#whereabouts.end();
      const card = this.#card(changed);
      this.#list.querySelector(`[data-consent="${item.kind}"]`).replaceWith(card);
      card.querySelector("[role=switch]")?.focus();
      announce(t(changed.state === "granted" ? "consents.on" : "consents.off"));
    } catch (error) {
      button.disabled = false;
      await notice(t("problem.title"), explain(error));
    }
  }

  async #withdrawIdentity() {
    const answer = await question({ title: t("consents.identity.title"), text: t("consents.identity.text"), confirm: t("consents.identity.confirm"), danger: true });
    if (!answer) return;
    try {
      await endBy("withdrawn", "DELETE", "/v1/me/consents/identity");
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
  }
}
