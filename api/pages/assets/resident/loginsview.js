// The ways to log in: which there are, linking and unlinking, and another phone.

import { announce, ask, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { isDevelopment } from "./development.js";
import { partHead, showFailure, showLoading } from "./part.js";
import { PhoneProof } from "./phoneproof.js";
import { askAsResident, installationId } from "./session.js";
import { explain } from "./words.js";

const SYMBOLS = { phone: "device", wechat: "message", alipay: "code" };

/** The view of the accounts by which the resident comes in. */
export class LoginsView {
  #list = h("div");
  #form = h("div");
  node = h("div", { class: "stack" }, partHead(t("logins.title"), t("logins.lead")),
    h("section", { class: "card" }, this.#list), this.#form);

  start() {
    showLoading(this.#list);
    this.#drawActions();
    this.#load();
  }

  stop() {}

  update() {}

  async #load() {
    try {
      const { items } = await askAsResident("GET", "/v1/me/logins");
      fill(this.#list, h("ul", { class: "rows" }, items.map((item) => this.#row(item, items.length > 1))));
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  #row(item, canGo) {
    return h("li", { "data-login": item.kind },
      h("span", { class: "row-icon" }, icon(SYMBOLS[item.kind], 20)),
      h("div", { class: "row-body" },
        h("h3", {}, t(`logins.${item.kind}`), item.masked_phone && h("span", { class: "number" }, ` ${item.masked_phone}`)),
        h("p", { class: "soft tiny" }, t("logins.times", { linked: dayAndTime(item.linked_at), used: dayAndTime(item.last_used_at) })),
        item.current && h("p", {}, h("span", { class: "tag accent" }, t("logins.current"))),
        canGo && h("div", { class: "row-actions" },
          h("button", { type: "button", class: "button quiet small", onclick: () => this.#unlink(item) }, t("logins.unlink")))));
  }

  #drawActions() {
    const strip = h("div");
    fill(this.#form, h("section", { class: "card stack" },
      h("div", { class: "account-row" },
        h("div", {}, h("h2", {}, t("logins.change")), h("p", { class: "soft small" }, t("logins.change.lead"))),
        h("button", { type: "button", class: "button quiet", onclick: () => this.#ask("/v1/me/phone", "logins.change", "logins.changed") }, t("logins.change"))),
      h("button", { type: "button", class: "button quiet", onclick: () => this.#ask("/v1/me/logins", "logins.link.phone", "logins.linked") }, t("logins.link.phone")),
      h("p", { class: "soft small" }, t("logins.link.mini")), strip));
    isDevelopment().then((is) => is && fill(strip, this.#developmentStrip()));
  }

  #developmentStrip() {
    const link = (platform) => h("button", { type: "button", class: "button quiet small", onclick: () => this.#linkInvented(platform) }, t(`logins.${platform}`));
    return h("div", { class: "development stack" }, h("p", { class: "small" }, h("span", { class: "tag" }, t("development.title")), " ", t("logins.development")),
      h("div", { class: "dialog-actions" }, link("wechat"), link("alipay")));
  }

  // A browser has neither wx.login nor my.getAuthCode; a development server invents what they would give.
  async #linkInvented(platform) {
    await this.#try(async () => {
      const made = await ask("POST", "/v1/development/mini-program-codes", { json: { platform, user: installationId() } });
      const proof = platform === "wechat" ? { code: made.code } : { auth_code: made.code };
      await askAsResident("POST", "/v1/me/logins", { json: { grant: platform, app_id: made.app_id, ...proof } });
    }, t("logins.linked"));
  }

  #ask(path, title, done) {
    const proof = new PhoneProof({
      label: t("proof.phone"), confirm: t(title),
      onProven: async (grant) => {
        await askAsResident("POST", path, { json: grant });
        announce(t(done));
        this.start();
      },
      onCancel: () => this.#drawActions(),
    });
    fill(this.#form, h("section", { class: "card stack", "aria-label": t(title) }, h("h2", {}, t(title)), proof.node));
    proof.focus();
  }

  async #unlink(item) {
    const answer = await question({ title: t("logins.unlink.title"), text: t("logins.unlink.text"), confirm: t("logins.unlink"), danger: true });
    if (answer) await this.#try(() => askAsResident("DELETE", `/v1/me/logins/${item.id}`), t("logins.unlinked"));
  }

  async #try(act, done) {
    try {
      await act();
      announce(done);
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    await this.#load();
  }
}
