// Where messages are pushed: phones and mini-programs, what they may still send, and taking one away.

import { announce, dayAndTime, fill, h, icon, notice, question, t } from "../../kit.js";
import { showFailure, showLoading } from "../part.js";
import { askAsResident } from "../session.js";
import { explain } from "../words.js";

const SYMBOLS = { apns: "device", fcm: "device", wechat: "message", alipay: "code" };
const CONSENTS = { "messages-wechat": "heard.wechat", "messages-alipay": "heard.alipay" };

/** The card of places. */
export class PlacesCard {
  #list = h("div");
  #consents = h("div", { class: "places-consents" });
  node = h("section", { class: "card stack", "aria-labelledby": "places-title" },
    h("h2", { id: "places-title" }, t("places.title")), this.#list, this.#consents);

  async start() {
    showLoading(this.#list);
    try {
      const { items } = await askAsResident("GET", "/v1/me/devices");
      fill(this.#list, items.length ? h("ul", { class: "rows" }, items.map((item) => this.#row(item))) : h("p", { class: "soft small" }, t("places.none")));
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  /** Says which platforms the resident agreed to. */
  showConsents(consents) {
    const given = consents.filter((one) => one.granted).map((one) => t(CONSENTS[one.kind]));
    fill(this.#consents, h("p", { class: "soft small" }, t("places.consents"), given.length ? given.join(" · ") : t("places.consents.none")),
      h("a", { class: "plain accent", href: "#/consents" }, t("places.consents.change"), icon("chevron", 18)));
  }

  #row(item) {
    return h("li", { "data-place": item.channel },
      h("span", { class: "row-icon" }, icon(SYMBOLS[item.channel], 20)),
      h("div", { class: "row-body" },
        h("h3", {}, t(`places.${item.channel}`)),
        h("p", { class: "soft tiny" }, t("places.used", { time: dayAndTime(item.last_used_at) })),
        item.templates.length > 0 && h("p", { class: "soft tiny" }, this.#allowed(item.templates)),
        item.current && h("p", {}, h("span", { class: "tag accent" }, t("places.here"))),
        h("div", { class: "row-actions" }, h("button", { type: "button", class: "button quiet small", onclick: () => this.#remove(item) }, t("places.remove")))));
  }

  #allowed(templates) {
    if (templates.some((one) => one.lasts)) return t("places.lasting");
    const count = templates.reduce((sum, one) => sum + one.remaining, 0);
    return t(count ? "places.remaining" : "places.spent", { count });
  }

  async #remove(item) {
    const answer = await question({ title: t("places.remove.title"), text: t("places.remove.text"), confirm: t("places.remove"), danger: true });
    if (!answer) return;
    try {
      await askAsResident("DELETE", `/v1/me/devices/${item.id}`);
      announce(t("places.removed"));
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    await this.start();
  }
}
