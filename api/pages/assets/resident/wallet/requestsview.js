// The history of requests for one's licences, and what came of each.

import { dayAndTime, fill, h, icon, t } from "../../kit.js";
import { partHead, showFailure, showLoading } from "../part.js";
import { askAsResident } from "../session.js";
import { purposeWords, venueWords, waitingNote } from "./consentdialog.js";
import { said } from "./speaking.js";
import { fieldOf, loadTypes, typeOf } from "./types.js";

const TONES = { granted: "good", refused: "", expired: "warn", withdrawn: "warn", pending: "" };
const ICONS = { granted: "check", refused: "cross", expired: "clock", withdrawn: "undo", pending: "message" };

/** The view of all requests, page by page. */
export class RequestsView {
  #items = [];
  #cursor = null;
  #requests;
  #list = h("div", { class: "card" });
  node = h("div", { class: "stack" }, partHead(t("requests.title"), t("requests.lead"), { toWallet: true }), this.#list);

  constructor({ requests }) {
    this.#requests = requests;
  }

  start() {
    showLoading(this.#list);
    this.reload();
  }

  stop() {}

  update() {}

  /** Reads the newest requests again. */
  reload() {
    [this.#items, this.#cursor] = [[], null];
    return this.#load();
  }

  async #load() {
    try {
      const query = this.#cursor ? `?cursor=${encodeURIComponent(this.#cursor)}` : "";
      const [page] = await Promise.all([askAsResident("GET", `/v1/me/presentations${query}`), loadTypes()]);
      this.#items = [...this.#items, ...page.items];
      this.#cursor = page.next_cursor ?? null;
      this.#draw();
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  #draw() {
    fill(this.#list, this.#items.length
      ? [h("ul", { class: "rows" }, this.#items.map((item) => this.#row(item))),
        this.#cursor && h("button", { type: "button", class: "button quiet wide", onclick: () => this.#load() }, t("list.more"))]
      : h("div", { class: "empty" }, icon("message", 32), h("p", {}, t("requests.none"))));
  }

  #row(item) {
    return h("li", { "data-request": item.id, "data-state": item.state },
      h("span", { class: `row-icon ${TONES[item.state]}` }, icon(ICONS[item.state], 20)),
      h("div", { class: "row-body" }, h("h3", {}, venueWords(item.venue)), h("p", { class: "soft small" }, purposeWords(item)),
        item.queries.map((query) => h("p", { class: "small" }, this.#query(query))),
        h("p", { class: "soft tiny" }, h("time", { datetime: item.created_at }, dayAndTime(item.created_at)), ` · ${t(`requests.state.${item.state}`)}`),
        item.state === "granted" && item.delivery === "waiting" && waitingNote(item),
        item.state === "pending" && h("div", { class: "row-actions" }, h("button", { type: "button", class: "button small", onclick: () => this.#requests.open(item.id) }, t("ask.open")))));
  }

  #query({ licence_type: typeId, fields }) {
    const type = typeOf(typeId);
    return t("requests.asked", { licence: said(type.name), fields: fields.map((name) => said(fieldOf(type, name).label)).join(t("list.comma")) });
  }
}
