// A card with a list that the manager adds to; what is made is shown once, in a dialog that waits to be acknowledged.

import { fill, h, icon, notice, question, t } from "../kit.js";
import { explain } from "../resident/words.js";
import { manage, manageAll } from "./managing.js";

/** A labelled line of text for a question. */
export function lineField(name, label, attributes = {}) {
  return h("label", { class: "field" }, h("span", { class: "field-label" }, label),
    h("input", { class: "input", name, required: true, autocomplete: "off", ...attributes }));
}

/** Shows a secret that the server will not say again. */
export function showOnce(title, text, secret) {
  const shown = h("output", { class: "secret number" }, secret);
  const copy = h("button", { type: "button", class: "button quiet small", onclick: () => copySecret(secret, copy) }, t("secret.copy"));
  return question({ title, text, fields: [shown, navigator.clipboard && copy], confirm: t("secret.kept"), refusable: false });
}

async function copySecret(secret, button) {
  await navigator.clipboard.writeText(secret).catch(() => {});
  fill(button, icon("check", 18), t("secret.copied"));
}

/** What scanners and staff have in common: a heading, a way to add, and `row`, which draws an item. */
export class ListCard {
  #path;
  #none;
  #row;
  #list = h("div", {}, h("p", { class: "soft" }, t("list.loading")));
  node;

  constructor({ path, id, title, addLabel, none, row, add }) {
    this.#path = path;
    this.#none = none;
    this.#row = row;
    this.node = h("section", { class: "card stack", "aria-labelledby": id },
      h("div", { class: "card-head" }, h("h2", { id }, title),
        h("button", { type: "button", class: "button quiet small", onclick: add }, addLabel)), this.#list);
  }

  async load() {
    try {
      const items = await manageAll(this.#path);
      fill(this.#list, items.length ? h("ul", { class: "rows" }, items.map(this.#row)) : h("p", { class: "soft small" }, this.#none));
    } catch (error) {
      fill(this.#list, h("p", { class: "note bad" }, explain(error)));
    }
  }

  /** Changes something and draws the list anew; returns the answer, or undefined where it was refused. */
  async change(method, path, json) {
    try {
      const answer = await manage(method, path, json);
      await this.load();
      return answer;
    } catch (error) {
      await notice(t("problem.title"), explain(error));
      return undefined;
    }
  }
}

