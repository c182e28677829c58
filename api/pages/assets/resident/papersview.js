// Codes on paper: printed here, for oneself or for a relative, and reported lost.

import { announce, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { partHead, showFailure, showLoading } from "./part.js";
import { askAsResident, sendAsResident } from "./session.js";
import { loadSubjects, MINE } from "./subjects.js";
import { explain } from "./words.js";

const PRINT_PATIENCE_MS = 30_000;
const OPEN_MS = 300_000;

/** The view of the papers that are out, and the way to the next one. */
export class PapersView {
  #list = h("div");
  #print = h("section", { class: "card stack", "aria-labelledby": "print-title" });
  #relatives = [];
  // The paper that was printed here, and where it is offered.
  #held = { address: null, node: null };
  node = h("div", { class: "stack" }, partHead(t("papers.title"), t("papers.lead")),
    h("section", { class: "card", "aria-label": t("papers.title") }, this.#list), this.#print);

  constructor({ before }) {
    if (before) this.#held = before.#held;
  }

  async start() {
    showLoading(this.#list);
    showLoading(this.#print);
    const subjects = await loadSubjects().catch(() => [MINE]);
    this.#relatives = subjects.filter((one) => one.kind === "care");
    this.#drawPrint([MINE, ...this.#relatives]);
    await this.#load();
  }

  stop() {}

  update() {}

  async #load() {
    try {
      const { items } = await askAsResident("GET", "/v1/me/papers");
      fill(this.#list, items.length
        ? h("ul", { class: "rows" }, items.map((item) => this.#row(item)))
        : h("div", { class: "empty" }, icon("paper", 32), h("p", {}, t("papers.none"))));
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  #whose(item) {
    if (item.is_mine) return t(item.relative_id ? "papers.mine.carried" : "papers.mine");
    return t("papers.of", { name: this.#relatives.find((one) => one.id === item.relative_id)?.name ?? t("papers.relative") });
  }

  #row(item) {
    const isGood = item.state === "good";
    return h("li", { "data-paper": item.id, "data-state": item.state },
      h("span", { class: "row-icon" }, icon("paper", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, this.#whose(item)),
        h("p", { class: "soft small" }, t("papers.since", { time: dayAndTime(item.issued_at) })),
        h("p", { class: "small" }, h("span", { class: isGood ? "tag accent" : "tag bad" }, t(`papers.state.${item.state}`)),
          ` ${isGood ? t("papers.until", { time: dayAndTime(item.expires_at) }) : dayAndTime(item.ended_at)}`),
        isGood && h("div", { class: "row-actions" },
          h("button", { type: "button", class: "button small danger-quiet", onclick: () => this.#lose(item) }, icon("flag", 18), t("papers.lost")))));
  }

  #drawPrint(subjects) {
    const several = subjects.length > 1;
    const choice = several && h("select", { class: "input", id: "paper-whose" }, subjects.map((one, at) => h("option", { value: at }, at ? t("papers.of", { name: one.name }) : t("papers.mine"))));
    this.#held.node = h("div");
    const button = h("button", { type: "button", class: "button wide", onclick: () => this.#issue(subjects[choice ? choice.value : 0], button) }, icon("paper", 20), t("papers.print.button"));
    fill(this.#print, h("h2", { id: "print-title" }, t("papers.print")), h("p", { class: "soft small" }, t("papers.print.lead")),
      several && h("div", { class: "field" }, h("label", { class: "field-label", for: "paper-whose" }, t("papers.whose")), choice), button, this.#held.node);
    this.#offer();
  }

  async #issue(subject, button) {
    const answer = await question({ title: t("papers.ask.title"), text: t("papers.ask.text"), confirm: t("papers.print.button") });
    if (!answer) return;
    button.disabled = true;
    try {
      const response = await sendAsResident("POST", "/v1/codes/paper", {
        json: subject.id ? { relative_id: subject.id } : {}, accept: "application/pdf", patience: PRINT_PATIENCE_MS,
      });
      this.#hand(await response.blob());
      await this.#load();
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    button.disabled = false;
  }

  // It is nowhere but here: whoever closes the page without saving it prints another, which ends this one.
  #hand(pdf) {
    const address = URL.createObjectURL(pdf);
    const held = this.#held;
    held.address = address;
    this.#offer();
    announce(t("papers.ready"));
    setTimeout(() => {
      URL.revokeObjectURL(address);
      if (held.address !== address) return;
      held.address = null;
      fill(held.node);
    }, OPEN_MS);
  }

  #offer() {
    const { address, node } = this.#held;
    fill(node, address && h("div", { class: "note good", role: "status" }, icon("check"),
      h("div", { class: "stack" }, h("p", {}, h("strong", {}, t("papers.ready"))), h("p", { class: "small" }, t("papers.ready.next")),
        h("a", { class: "button small", href: address, download: t("papers.file") }, icon("download", 18), t("papers.save")))));
  }

  async #lose(item) {
    const answer = await question({ title: t("papers.lost.title"), text: t("papers.lost.text"), confirm: t("papers.lost.confirm"), danger: true });
    if (!answer) return;
    try {
      await askAsResident("POST", `/v1/me/papers/${item.id}/lost`);
      announce(t("papers.lost.done"));
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    await this.#load();
  }
}
