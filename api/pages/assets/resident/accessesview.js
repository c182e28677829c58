// Who looked at my data: every look a venue took, and the way to say that it was not me.

import { announce, dayAndTime, fill, h, has, icon, notice, provinceName, question, reasonField, t } from "../kit.js";
import { partHead } from "./part.js";
import { askAsResident, SessionEnded } from "./session.js";
import { saveReceipt } from "./wallet/receipt.js";
import { said } from "./wallet/speaking.js";
import { fieldOf, loadTypes, typeOf } from "./wallet/types.js";
import { explain } from "./words.js";

// The newest: who has disputed more finds the older answers among their messages.
const MOST_DISPUTES = 100;

const worded = (group, name) => (has(`${group}.${name}`) ? t(`${group}.${name}`) : name);

/** The view of all accesses, page by page. */
export class AccessesView {
  #items = [];
  #cursor = null;
  #disputes = new Map();
  #list = h("div", { class: "card" });
  node = h("div", { class: "stack" },
    document.documentElement.dataset.view === "elder" ? partHead(t("accesses.title"), t("accesses.lead"))
      : h("div", { class: "head" }, h("h1", { tabindex: "-1" }, t("accesses.title")), h("p", { class: "soft small" }, t("accesses.lead"))),
    this.#list);

  start() {
    fill(this.#list, h("p", { class: "empty" }, t("list.loading")));
    this.#load();
  }

  stop() {}

  update() {}

  async #load() {
    const query = this.#cursor ? `?cursor=${encodeURIComponent(this.#cursor)}` : "";
    try {
      const page = await askAsResident("GET", `/v1/me/accesses${query}`);
      // What a licence's fields are called is its kind's to say; the list stands without it.
      if (page.items.some((item) => item.licence_type)) await loadTypes().catch(() => {});
      if (page.items.some((item) => item.disputed_at)) await this.#loadDisputes().catch(() => {});
      this.#items = [...this.#items, ...page.items];
      this.#cursor = page.next_cursor ?? null;
      this.#draw();
    } catch (error) {
      if (error instanceof SessionEnded) return;
      fill(this.#list, h("div", { class: "empty" }, icon("offline", 32), h("p", {}, explain(error)),
        h("button", { type: "button", class: "button quiet", onclick: () => this.start() }, t("list.again"))));
    }
  }

  // What the desk answered, by the looks that it is about; without it they stand as disputed.
  async #loadDisputes() {
    const { items } = await askAsResident("GET", `/v1/me/disputes?limit=${MOST_DISPUTES}`);
    this.#disputes = new Map(items.map((one) => [one.access_id, one]));
  }

  #draw() {
    if (!this.#items.length) {
      fill(this.#list, h("div", { class: "empty" }, icon("eye", 32), h("p", {}, t("accesses.none"))));
      return;
    }
    fill(this.#list, h("ul", { class: "rows" }, this.#items.map((item) => this.#row(item))),
      this.#cursor && h("button", { type: "button", class: "button quiet wide", onclick: () => this.#load() }, t("list.more")));
  }

  #fields({ fields, licence_type: licence }) {
    if (!fields?.length) return t("accesses.nothing");
    const type = licence && typeOf(licence);
    return fields.map((name) => (type ? said(fieldOf(type, name).label) : worded("field", name))).join(t("list.comma"));
  }

  #row(item) {
    const fields = this.#fields(item);
    const place = [item.purpose_title ?? worded("purpose", item.purpose), provinceName(item.venue.province)].filter(Boolean).join(" · ");
    return h("li", { "data-access": item.id },
      h("span", { class: "row-icon" }, icon("eye", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, item.venue.name),
        h("p", { class: "soft small" }, place),
        item.licence_type && h("p", { class: "small" }, t("accesses.licence", { licence: said(typeOf(item.licence_type).name) })),
        h("p", { class: "soft small" }, t("accesses.fields", { fields })),
        this.#kept(item),
        h("p", { class: "soft tiny" }, h("time", { datetime: item.at }, dayAndTime(item.at)), ` · ${worded("outcome", item.outcome)}`),
        this.#how(item),
        this.#answer(this.#disputes.get(item.id)),
        h("div", { class: "row-actions" }, this.#dispute(item), this.#receipt(item))));
  }

  // Of a licence, for how long what was seen may be kept; of a licence that was turned down nothing was told.
  #kept({ licence_type: licence, fields, kept_until: until }) {
    if (!licence || !fields.length) return null;
    return h("p", { class: "soft small" }, until ? t("accesses.kept", { until: dayAndTime(until) }) : t("accesses.not-kept"));
  }

  // One's own code, which the server made and met, is the rule, and goes without saying.
  #how(item) {
    const form = item.form && item.form !== "dynamic" && t(`form.${item.form}`);
    const whose = item.kind && item.kind !== "personal" && t(`kind.${item.kind}`);
    const late = item.offline && t("accesses.late", { time: dayAndTime(item.recorded_at) });
    const tags = [whose && h("span", { class: "tag" }, whose), form && h("span", { class: "tag" }, form), late && h("span", { class: "soft tiny" }, late)].filter(Boolean);
    return tags.length ? h("p", { class: "tags" }, tags) : null;
  }

  #answer(dispute) {
    if (!dispute?.answered_at) return null;
    return h("div", { class: "note small", "data-answered": dispute.outcome }, icon(dispute.outcome === "upheld" ? "alert" : "check", 20),
      h("div", {}, h("p", {}, h("strong", {}, t(`accesses.answer.${dispute.outcome}`)), h("span", { class: "soft" }, ` · ${dayAndTime(dispute.answered_at)}`)),
        dispute.words && h("p", {}, dispute.words)));
  }

  #dispute(item) {
    if (item.disputed_at) return h("span", { class: "tag" }, t("accesses.disputed"));
    const button = h("button", { type: "button", class: "button quiet small", onclick: () => this.#ask(item, button) }, icon("flag", 18), t("accesses.dispute"));
    return button;
  }

  #receipt(item) {
    const button = h("button", { type: "button", class: "button quiet small", onclick: () => saveReceipt(item.id, button) }, icon("download", 18), t("accesses.receipt"));
    return button;
  }

  async #ask(item, button) {
    const answer = await question({
      title: t("dispute.title"), text: t("dispute.text", { venue: item.venue.name, at: dayAndTime(item.at) }),
      fields: [reasonField(t("dispute.reason"))], confirm: t("dispute.confirm"),
    });
    if (!answer) return;
    button.disabled = true;
    try {
      await askAsResident("POST", `/v1/me/accesses/${item.id}/dispute`, { json: answer.reason ? { reason: answer.reason } : {} });
      item.disputed_at = new Date().toISOString();
      button.replaceWith(h("span", { class: "tag" }, t("accesses.disputed")));
      announce(t("accesses.disputed"));
    } catch (error) {
      button.disabled = false;
      await notice(t("problem.title"), explain(error));
    }
  }
}
