// What cannot wait, above every view: somebody claims this identity, or the account is about to be deleted.

import { announce, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { askAsResident, renewSession, SessionEnded } from "./session.js";
import { explain } from "./words.js";

/** The place above the views; `load` asks again what there is. */
export class Alerts {
  #claims = [];
  #deletion = null;
  node = h("div", { class: "alerts" });

  async load() {
    try {
      const [claims, deletion] = await Promise.all([askAsResident("GET", "/v1/me/identity/claims"), askAsResident("GET", "/v1/me/deletion")]);
      const known = new Set(this.#claims.map((one) => one.id));
      this.#claims = claims.items.filter((one) => one.on_me && one.state === "open");
      this.#deletion = deletion.state === "requested" ? deletion : null;
      if (this.#claims.some((one) => !known.has(one.id))) announce(t("claim.alert.title"), true);
      this.draw();
    } catch (error) {
      // Without an answer nothing is known: what was shown stays.
      if (error instanceof SessionEnded) this.clear();
    }
  }

  clear() {
    this.#claims = [];
    this.#deletion = null;
    this.node.replaceChildren();
  }

  draw() {
    fill(this.node, this.#deletion && this.#leaving(), this.#claims.map((one) => this.#claim(one)));
  }

  #leaving() {
    const time = dayAndTime(this.#deletion.due_at);
    return this.#alert("trash", "leaving", t("leaving.alert.title", { time }), [t("leaving.alert.text")],
      [h("button", { type: "button", class: "button small", onclick: () => this.#keep() }, t("leaving.cancel"))]);
  }

  #claim(claim) {
    const words = [t("claim.alert.text", { time: dayAndTime(claim.opened_at), evidence: t(`evidence.${claim.evidence}`) }),
      claim.due_at && t("claim.alert.due", { time: dayAndTime(claim.due_at) })];
    return this.#alert("alert", "claim", t("claim.alert.title"), words, [
      h("button", { type: "button", class: "button danger small", onclick: () => this.#decide(claim, "deny") }, t("claim.deny")),
      h("button", { type: "button", class: "button quiet small", onclick: () => this.#decide(claim, "approve") }, t("claim.approve"))]);
  }

  #alert(symbol, name, title, words, buttons) {
    return h("section", { class: "alert", "data-alert": name, "aria-label": title },
      h("span", { class: "row-icon bad" }, icon(symbol, 22)),
      h("div", { class: "row-body" }, h("h2", {}, title), words.map((one) => one && h("p", { class: "small" }, one))),
      h("div", { class: "banner-actions" }, buttons));
  }

  async #decide(claim, act) {
    if (act === "approve") {
      const answer = await question({ title: t("claim.approve.title"), text: t("claim.approve.text"), confirm: t("claim.approve"), danger: true });
      if (!answer) return;
    }
    await this.#try(() => askAsResident("POST", `/v1/me/identity/claims/${claim.id}/${act}`), t(act === "approve" ? "claim.approved" : "claim.denied"));
  }

  async #keep() {
    const answer = await question({ title: t("leaving.cancel.title"), text: t("leaving.cancel.text"), confirm: t("leaving.cancel") });
    if (!answer) return;
    await this.#try(async () => {
      await askAsResident("DELETE", "/v1/me/deletion");
      await renewSession();
    }, t("leaving.cancelled"));
  }

  async #try(act, done) {
    try {
      await act();
      announce(done);
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    await this.load();
  }
}
