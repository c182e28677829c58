// The last results of this visit, in memory alone: masked names do not outlive the page.

import { announce, clockTime, fill, h, has, icon, notice, question, t } from "../kit.js";
import { wordsFor } from "./checking.js";
import { askAsScanner } from "./scanner.js";

const KEPT = 20;
const ICONS = { accepted: ["check", "good"], refused: ["cross", "bad"], unchecked: ["alert", "warn"] };
const OVERTURNED = ["alert", "bad"];
const REASONS = ["mistaken", "left", "wrong-person"];

function reasonChoice() {
  const choice = (name, index) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "reason", value: name, checked: index === 0 }), h("span", {}, t(`venue.annul.reason.${name}`)));
  return h("fieldset", { class: "choices" }, h("legend", { class: "field-label" }, t("venue.annul.reason")), REASONS.map(choice));
}

// Of a scan without a network: whether the server has confirmed it, or found something.
function settlementOf({ offline, settled }) {
  if (!offline) return null;
  if (!settled) return t("journal.waiting");
  return has(`journal.${settled.result}`) ? t(`journal.${settled.result}`) : settled.result;
}

// Let in, and found out to be wrong when the journal was sent.
const isOverturned = ({ settled }) => ["conflict", "refused"].includes(settled?.result);

/** The list of results, and the way to annul one. */
export class History {
  #results = [];
  #scanner;
  #afterwards;
  #licences;
  #list = h("div");
  node = h("section", { class: "card history", "aria-labelledby": "history-title" },
    h("h2", { id: "history-title" }, t("venue.history")), this.#list);

  constructor(scanner, afterwards, results = [], licences = null) {
    this.#scanner = scanner;
    this.#licences = licences;
    this.#afterwards = afterwards;
    this.#results = results;
    this.draw();
  }

  get results() {
    return this.#results;
  }

  add(result) {
    this.#results = [result, ...this.#results].slice(0, KEPT);
    this.draw();
  }

  /** Notes what became of scans that were made without a network: `results` by their entry's id. */
  settle(results) {
    const due = this.#results.filter((one) => one.entry && !one.settled && results.has(one.entry));
    for (const one of due) one.settled = results.get(one.entry);
    if (due.length) this.draw();
  }

  draw() {
    fill(this.#list, this.#results.length
      ? h("ol", { class: "rows" }, this.#results.map((result) => this.#row(result)))
      : h("p", { class: "soft small" }, t("venue.history.none")));
  }

  #about(result) {
    if (result.told) return result.told.map((one) => this.#told(one)).join("; ");
    if (result.outcome !== "accepted") return wordsFor(result).title;
    return [result.scan.holder?.masked_name, settlementOf(result), result.annulled && t("venue.annulled")].filter(Boolean).join(" · ");
  }

  // Which licence, and which of its fields: what they said is gone with the verdict.
  #told({ type, fields }) {
    const labels = this.#licences.ordered(type, fields).map((field) => this.#licences.label(type, field));
    return t("venue.licence.told", { type: this.#licences.name(type), fields: labels.join(t("list.comma")) });
  }

  #row(result) {
    const [name, tone] = isOverturned(result) ? OVERTURNED : ICONS[result.outcome];
    const about = this.#about(result);
    // What the server does not know of yet cannot be taken back there.
    const known = !result.offline || ["accepted", "duplicate"].includes(result.settled?.result);
    const annul = result.scan && result.outcome === "accepted" && known && !result.annulled
      && h("button", { type: "button", class: "button quiet small", onclick: () => this.annul(result) }, t("venue.annul"));
    return h("li", { "data-outcome": result.outcome, "data-settled": result.settled?.result, class: result.annulled ? "annulled" : null },
      h("span", { class: `row-icon ${tone}` }, icon(name, 20)),
      h("div", { class: "row-body" },
        h("h3", {}, t(`venue.result.${result.outcome}`)),
        about && h("p", { class: "soft small" }, about),
        h("time", { class: "soft tiny number" }, clockTime(result.at))),
      annul);
  }

  /** Asks for a reason and annuls an accepted scan. */
  async annul(result) {
    const answer = await question({ title: t("venue.annul.title"), text: t("venue.annul.text"), fields: [reasonChoice()], confirm: t("venue.annul.confirm"), danger: true });
    if (answer) await this.#send(result, answer.reason);
    this.#afterwards();
  }

  async #send(result, reason) {
    try {
      await askAsScanner("POST", `/v1/scans/${result.scan.scan_id}/annul`, this.#scanner, { json: { reason: t(`venue.annul.reason.${reason}`) } });
      result.annulled = true;
      this.draw();
      announce(t("venue.annulled"));
    } catch (error) {
      await notice(t("venue.annul.failed"), wordsFor({ slug: error.slug ?? "unreachable", error }).next);
    }
  }
}
