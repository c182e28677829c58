// The copies of one's licences that are out: for whom, what for, how often checked, and the way to end one.

import { announce, fill, h, icon, notice, question, t } from "../../kit.js";
import { partHead, showFailure, showLoading } from "../part.js";
import { askAsResident, sendAsResident } from "../session.js";
import { explain } from "../words.js";
import { holders, loadSubjects } from "../subjects.js";
import { walletPath } from "./reading.js";
import { lastDayWords, said } from "./speaking.js";
import { loadTypes, typeOf } from "./types.js";

const COPIES = "/copies";

// The next page of a wallet's copies, and where the one after begins.
async function readPage({ subject, cursor }) {
  const page = await askAsResident("GET", walletPath(subject, COPIES, cursor ? { cursor } : {}));
  return { items: page.items.map((item) => ({ ...item, subject })), rest: { subject, cursor: page.next_cursor } };
}

/** The view of all copies, of every wallet that the resident may open, the newest first, page by page. */
export class CopiesView {
  #items = [];
  #rest = [];
  #list = h("div", { class: "card" });
  node = h("div", { class: "stack" }, partHead(t("copies.title"), t("copies.lead"), { toWallet: true }), this.#list);

  start() {
    showLoading(this.#list);
    this.#reload();
  }

  stop() {}

  update() {}

  async #reload() {
    try {
      const [subjects] = await Promise.all([loadSubjects(), loadTypes()]);
      [this.#items, this.#rest] = [[], holders(subjects).map((subject) => ({ subject }))];
    } catch (error) {
      showFailure(this.#list, error);
      return;
    }
    await this.#load();
  }

  async #load() {
    try {
      const pages = await Promise.all(this.#rest.map(readPage));
      this.#items = [...this.#items, ...pages.flatMap((page) => page.items)].sort((one, other) => other.issued_at.localeCompare(one.issued_at));
      this.#rest = pages.map((page) => page.rest).filter((rest) => rest.cursor);
      this.#draw();
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  #draw() {
    fill(this.#list, this.#items.length
      ? [h("ul", { class: "rows" }, this.#items.map((item) => this.#row(item))),
        this.#rest.length > 0 && h("button", { type: "button", class: "button quiet wide", onclick: () => this.#load() }, t("list.more"))]
      : h("div", { class: "empty" }, icon("paper", 32), h("p", {}, t("copies.none"))));
  }

  #row(item) {
    const isGood = item.state === "good";
    return h("li", { "data-copy": item.id, "data-state": item.state },
      h("span", { class: "row-icon" }, icon("paper", 20)),
      h("div", { class: "row-body" }, h("h3", {}, said(typeOf(item.licence_type).name)),
        item.subject.name && h("p", { class: "soft small" }, item.subject.name),
        h("p", { class: "small" }, t("copies.for", { requester: item.requester, purpose: item.purpose })),
        h("p", { class: "small tags" }, h("span", { class: isGood ? "tag accent" : "tag bad" }, t(`copies.state.${item.state}`)),
          h("span", { class: "soft" }, t("copies.until", { until: lastDayWords(item.valid_until) })),
          item.checks > 0 && h("span", { class: "soft" }, t("copies.checks", { count: item.checks }))),
        isGood && h("div", { class: "row-actions" },
          h("button", { type: "button", class: "button small danger-quiet", onclick: () => this.#revoke(item) }, icon("undo", 18), t("copies.revoke")))));
  }

  async #revoke(item) {
    const answer = await question({ title: t("copies.revoke.title"), text: t("copies.revoke.text", { requester: item.requester }), confirm: t("copies.revoke"), danger: true });
    if (!answer) return;
    try {
      await sendAsResident("DELETE", walletPath(item.subject, `${COPIES}/${item.id}`));
      announce(t("copies.revoked"));
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    await this.#reload();
  }
}
