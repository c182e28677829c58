// The account: who it is, the ways to its parts, where it is logged in, locking and logging out.

import { dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { askAsResident, closeSession, SessionEnded } from "./session.js";
import { explain } from "./words.js";

/** The view of the account; `onLock` asks and locks, `onElder` turns the elder view on. */
export class AccountView {
  #parts = h("nav", { class: "card parts", "aria-label": t("account.title") });
  #onLock;
  #who = h("section", { class: "card account-who" });
  #sessions = h("div");
  node;

  constructor({ onLock, onElder }) {
    this.#onLock = onLock;
    this.node = h("div", { class: "stack" },
      h("div", { class: "head" }, h("h1", { tabindex: "-1" }, t("account.title"))),
      this.#who, this.#parts,
      h("section", { class: "card", "aria-labelledby": "sessions-title" },
        h("h2", { id: "sessions-title" }, t("sessions.title")), h("p", { class: "soft small" }, t("sessions.lead")), this.#sessions),
      h("section", { class: "card account-row" },
        h("div", {}, h("h2", {}, t("elder.name")), h("p", { class: "soft small" }, t("elder.lead"))),
        h("button", { type: "button", class: "button quiet", onclick: onElder }, icon("text", 20), t("elder.open"))),
      this.#lockCard(),
      h("button", { type: "button", class: "button quiet", onclick: () => closeSession().catch(() => {}) }, icon("leave", 20), t("account.leave")));
  }

  start() {
    this.#drawParts("");
    fill(this.#sessions, h("p", { class: "soft small" }, t("list.loading")));
    this.#loadMe();
    this.#loadSessions();
  }

  stop() {}

  update() {}

  #drawParts(identity) {
    const part = (name, symbol, lead) => h("a", { class: "part", href: `#/${name}` }, h("span", { class: "row-icon" }, icon(symbol, 20)),
      h("span", { class: "row-body" }, h("strong", {}, t(`me.${name}`)), h("span", { class: "soft tiny" }, lead)), icon("chevron", 18));
    fill(this.#parts, part("identity", "shield", identity), part("papers", "paper", t("me.papers.lead")), part("relatives", "person", t("me.relatives.lead")), part("companies", "building", t("me.companies.lead")), part("logins", "device", t("me.logins.lead")),
      part("roaming", "pin", t("me.roaming.lead")), part("notices", "message", t("me.notices.lead")), part("consents", "check", t("me.consents.lead")), part("data", "download", t("me.data.lead")));
  }

  #lockCard() {
    return h("section", { class: "card account-row" },
      h("div", {}, h("h2", {}, t("lock.title")), h("p", { class: "soft small" }, t("lock.lead"))),
      h("button", { type: "button", class: "button danger", onclick: this.#onLock }, icon("lock", 20), t("lock.button")));
  }

  async #loadMe() {
    try {
      const me = await askAsResident("GET", "/v1/me");
      this.#drawParts(t(me.assurance === "verified" ? "me.identity.done" : me.identity_verified ? "me.identity.device" : "me.identity.todo"));
      const name = me.masked_name ?? me.name ?? t("account.resident");
      fill(this.#who, h("span", { class: "row-icon" }, icon("person", 22)),
        h("div", {}, h("p", { class: "account-name" }, name), h("p", { class: "soft small number" }, me.masked_phone ?? me.phone ?? "")),
        h("span", { class: me.assurance === "verified" ? "tag accent" : "tag" }, t(me.assurance === "verified" ? "account.verified" : "account.phone")));
    } catch (error) {
      if (!(error instanceof SessionEnded)) fill(this.#who, h("p", { class: "soft small" }, explain(error)));
    }
  }

  async #loadSessions() {
    try {
      const { items } = await askAsResident("GET", "/v1/me/sessions");
      fill(this.#sessions, h("ul", { class: "rows" }, items.map((item) => this.#session(item))));
    } catch (error) {
      if (!(error instanceof SessionEnded)) fill(this.#sessions, h("p", { class: "note warn small" }, icon("offline", 20), explain(error)));
    }
  }

  #session(item) {
    const end = h("button", { type: "button", class: "button quiet small", onclick: () => this.#end(item) }, t("sessions.end"));
    return h("li", {},
      h("span", { class: "row-icon" }, icon("device", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, t(item.current ? "sessions.current" : "sessions.other", { id: item.id.slice(-8) })),
        h("p", { class: "soft tiny session-times" }, t("sessions.times", { created: dayAndTime(item.created_at), used: dayAndTime(item.last_used_at ?? item.created_at) }))),
      item.current ? h("span", { class: "tag accent" }, t("sessions.here")) : end);
  }

  async #end(item) {
    const answer = await question({ title: t("sessions.end.title"), text: t("sessions.end.text"), confirm: t("sessions.end"), danger: true });
    if (!answer) return;
    try {
      await askAsResident("DELETE", `/v1/me/sessions/${item.id}`);
      await this.#loadSessions();
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
  }
}
