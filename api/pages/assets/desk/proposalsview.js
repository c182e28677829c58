// What takes two persons: proposed by one, decided on by another.

import { dayAndTime, h, has, question, t } from "../kit.js";
import { saySegment, shortId } from "./format.js";
import { breaksNote, breaksOf } from "./kindeditor.js";
import { lockScreens } from "./lockscreens.js";
import { button, empty, perform, state, View, wordsField } from "./parts.js";
import { askAsStaff, askPage } from "./session.js";

const TONES = { waiting: "warn", approved: "good", executed: "good", rejected: "quiet", expired: "quiet", failed: "bad" };
const kindOf = (proposal) => (has(`desk.kind.${proposal.kind}`) ? t(`desk.kind.${proposal.kind}`) : proposal.kind);
const stateOf = (proposal) => (has(`desk.proposal.${proposal.state}`) ? t(`desk.proposal.${proposal.state}`) : proposal.state);

// The database gives them in an order of its own; what has no place here comes last, and these are shown by themselves.
const ORDER = ["segment", "link", "digest", "purpose", "type_id", "fields", "kept_days", "name", "client_id", "venue"];
const WHOLE = ["definition", "verifier"];
const WORDS = ["title_zh", "title_en", "body_zh", "body_en"];
const APART = new Set(["breaks", ...WHOLE, ...WORDS]);
const placeOf = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
const listed = (value) => value.replaceAll(",", ", ");
const asWritten = (words) => words;
const SAID = {
  kept_days: (days) => t("licences.kept", { days }),
  digest: (digest) => digest.slice(0, 12),
  segment: (said) => { const [kind, value = ""] = said.split(":"); return saySegment({ kind, value }); },
  link: asWritten,
};
const sayDetails = (details) => Object.keys(details).filter((name) => !APART.has(name)).sort((one, other) => placeOf(one) - placeOf(other))
  .map((name) => (SAID[name] ?? listed)(details[name]));

// Whoever decides sees what will be seen.
const sayWords = ({ title_zh: titleZh, title_en: titleEn, body_zh: bodyZh, body_en: bodyEn }) => titleZh && lockScreens({ title: titleZh, body: bodyZh }, { title: titleEn, body: bodyEn });

/** The view; `me` says whose proposals are one's own. */
export class ProposalsView extends View {
  #me;

  constructor(me) {
    super("proposals", { load: () => this.#draw(), every: 30_000 });
    this.#me = me;
  }

  async #draw() {
    const { items } = await askPage("/v1/staff/proposals", { limit: 50 });
    return items.length ? h("ul", { class: "cards" }, items.map((one) => this.#card(one))) : empty(t("desk.proposals.none"));
  }

  #card(proposal) {
    const own = proposal.proposed_by === this.#me.resident_id;
    const details = [...sayDetails(proposal.details), proposal.object_id && shortId(proposal.object_id)].filter(Boolean).join(" · ");
    return h("li", { class: "card stack", "data-proposal": proposal.id },
      h("div", { class: "head-line" }, h("h3", {}, kindOf(proposal)), state(TONES[proposal.state] ?? "quiet", stateOf(proposal))),
      sayWords(proposal.details), details && h("p", { class: "small number" }, details),
      proposal.details.breaks && breaksNote(breaksOf(proposal.details)),
      WHOLE.map((name) => proposal.details[name] && h("details", {}, h("summary", {}, t(`desk.proposal.${name}`)), h("pre", { class: "small definition", tabindex: "0" }, JSON.stringify(JSON.parse(proposal.details[name]), null, 1)))),
      proposal.reason && h("blockquote", {}, proposal.reason),
      h("p", { class: "soft tiny" }, t("desk.proposal.by", { who: own ? t("desk.me") : shortId(proposal.proposed_by), time: dayAndTime(proposal.proposed_at), until: dayAndTime(proposal.expires_at) })),
      this.#actions(proposal, own));
  }

  #actions(proposal, own) {
    if (proposal.state !== "waiting" || !this.#me.roles.includes("operator")) return null;
    if (own) return h("div", { class: "row-actions" }, h("p", { class: "soft small" }, t("desk.proposal.own")), button(t("desk.proposal.withdraw"), () => this.#reject(proposal)));
    return h("div", { class: "row-actions" }, button(t("desk.proposal.approve"), () => this.#approve(proposal), "small"), button(t("desk.proposal.reject"), () => this.#reject(proposal), "danger-quiet small"));
  }

  async #approve(proposal) {
    const answer = await question({ title: t("desk.proposal.approve.title", { what: kindOf(proposal) }), text: t("desk.proposal.approve.text"), confirm: t("desk.proposal.approve"), danger: true });
    if (answer && await perform(() => askAsStaff("POST", `/v1/staff/proposals/${proposal.id}/approve`), t("desk.proposal.approved.said"))) await this.refresh();
  }

  async #reject(proposal) {
    const answer = await question({ title: t("desk.proposal.reject.title"), fields: [wordsField(t("desk.reason"), "reason")], confirm: t("desk.proposal.reject") });
    if (answer && await perform(() => askAsStaff("POST", `/v1/staff/proposals/${proposal.id}/reject`, answer), t("desk.proposal.rejected.said"))) await this.refresh();
  }
}
