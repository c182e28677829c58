// What the desk's views share: tables, states, questions, and words for what went wrong.

import { announce, fill, h, has, icon, notice, question, Refusal, t, Unreachable } from "../kit.js";
import { SessionEnded } from "./session.js";

/** One or two sentences: what happened and what to do. */
export function explain(error) {
  if (error instanceof Unreachable) return t("problem.unreachable");
  if (!(error instanceof Refusal)) return t("problem.unknown");
  if (has(`desk.problem.${error.slug}`)) return t(`desk.problem.${error.slug}`);
  const wrong = error.errors.map(({ message }) => message).filter(Boolean).join(" ");
  if (wrong) return t("problem.wrong", { title: error.title, wrong });
  return [error.title, error.next].filter(Boolean).join(" ") || t("problem.unknown");
}

/** A table: columns by their words, rows of cells; the first cell of a row is its heading. */
export function table(caption, columns, rows) {
  return h("div", { class: "scroll" }, h("table", { class: "table" },
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, index) => (index ? h("td", { "data-label": columns[index] }, cell) : h("th", { scope: "row" }, cell))))))));
}

/** A mark with words: "good", "warn", "bad" or "quiet". */
export function state(tone, words) {
  const symbols = { good: "check", warn: "alert", bad: "alert", quiet: "clock" };
  return h("span", { class: `state ${tone}` }, icon(symbols[tone], 16), h("span", {}, words));
}

/** Nothing to do, said kindly. */
export function empty(words) {
  return h("p", { class: "empty" }, icon("check", 28), h("span", {}, words));
}

/** A labelled control for a form or a question. */
export function field(label, control, hint) {
  return h("label", { class: "field" }, h("span", { class: "field-label" }, label), control, hint && h("span", { class: "soft tiny" }, hint));
}

/** A text area for words of at least five letters. */
export function wordsField(label, name, hint) {
  return field(label, h("textarea", { class: "input", name, rows: 3, minlength: 5, maxlength: 500, required: true }), hint);
}

/** A button that is busy while its work is under way. */
export function button(words, work, kind = "quiet small") {
  const made = h("button", { type: "button", class: `button ${kind}`, onclick: async () => {
    made.disabled = true;
    try {
      await work();
    } finally {
      made.disabled = false;
    }
  } }, words);
  return made;
}

/** Does what was decided and says so; a refusal is told. Answers whether it was done. */
export async function perform(work, said) {
  try {
    await work();
    announce(said);
    return true;
  } catch (error) {
    if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    return false;
  }
}

export { question };

/** A view of the desk: a heading, a lead, and content that is loaded; `load` answers nodes. */
export class View {
  #turn = 0;
  #timer = null;
  #content = h("div", { class: "stack" }, h("p", { class: "soft", role: "status" }, t("list.loading")));
  node;

  constructor(name, { load, every = 0, extra = null }) {
    this.load = load;
    this.every = every;
    this.node = h("div", { class: "view stack", "data-view": name },
      h("div", { class: "view-head" }, h("h1", { tabindex: "-1" }, t(`desk.tab.${name}`)), h("p", { class: "soft" }, t(`desk.lead.${name}`))), extra, this.#content);
  }

  start() {
    this.refresh();
    if (this.every) this.#timer = setInterval(() => this.refresh(), this.every);
  }

  stop() {
    this.#turn += 1;
    clearInterval(this.#timer);
  }

  /** Loads again, and draws what came unless the view was left meanwhile. */
  async refresh() {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const nodes = await this.load();
      if (turn === this.#turn) fill(this.#content, nodes);
    } catch (error) {
      if (turn !== this.#turn || error instanceof SessionEnded) return;
      fill(this.#content, h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, explain(error))),
        button(t("list.again"), () => this.refresh()));
    }
  }
}
