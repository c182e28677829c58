// One campaign: how far it has come, what came of it, and what may be done to it. It is drawn once and then kept up to date,
// so that what somebody opened stays open.

import { dayAndTime, fill, h, language, question, serverNow, t } from "../kit.js";
import { amount, saySegment } from "./format.js";
import { lockScreens } from "./lockscreens.js";
import { button, perform, state, table, wordsField } from "./parts.js";
import { askAsStaff } from "./session.js";

const TONES = { drafted: "quiet", proposed: "warn", lapsed: "quiet", rejected: "quiet", running: "good", paused: "warn", finished: "good", expired: "warn", cancelled: "quiet" };
const STARTED = new Set(["running", "paused", "finished", "expired", "cancelled"]);
const COUNTS = ["sent", "accepted", "refused", "expired", "withheld", "unknown"];
const WAIT_MS = 5000;

/** The card; `kinds` are names of kinds of licences by their ids, `onChange()` is called when its state was changed here. */
export class CampaignCard {
  #me;
  #onChange;
  #campaign = null;
  #head = h("div", { class: "head-line" });
  #progress = h("div", { class: "stack tight" });
  #figures = h("div", { class: "stack tight" });
  #actions = h("div", { class: "row-actions" });
  node;

  constructor(campaign, me, kinds, onChange) {
    this.#me = me;
    this.#onChange = onChange;
    const { window: hours } = campaign;
    const begun = STARTED.has(campaign.state);
    this.node = h("li", { class: "card stack campaign", "data-campaign": campaign.id }, this.#head,
      h("p", { class: "small" }, saySegment(campaign.segment, kinds)),
      h("p", { class: "soft tiny" }, t("campaigns.terms", { rate: campaign.rate, begins: hours.begins, ends: hours.ends, expires: dayAndTime(campaign.expires_at) })),
      this.#progress,
      h("details", { open: begun ? null : "" }, h("summary", {}, t("campaigns.words")), this.#words(campaign)),
      this.#figures, this.#actions);
    this.update(campaign);
  }

  #words({ title, body, link, digest }) {
    return h("div", { class: "stack tight" }, lockScreens({ title: title.zh, body: body.zh }, { title: title.en, body: body.en }),
      link && h("p", { class: "tiny" }, t("campaigns.link"), " ", h("code", { class: "whole" }, link)), h("p", { class: "soft tiny" }, "SHA-256 ", h("code", { class: "whole" }, digest)));
  }

  /** Draws what has changed. */
  update(campaign) {
    const before = this.#campaign;
    this.#campaign = campaign;
    if (before?.state !== campaign.state) {
      fill(this.#head, h("h3", {}, campaign.title[language() === "en" ? "en" : "zh"]), state(TONES[campaign.state], t(`campaigns.state.${campaign.state}`)));
      fill(this.#actions, this.#choices(campaign));
      this.node.dataset.state = campaign.state;
    }
    fill(this.#progress, this.#said(campaign));
    if (JSON.stringify(before?.figures) !== JSON.stringify(campaign.figures)) fill(this.#figures, this.#counted(campaign.figures));
  }

  #said({ state: stands, progress, figures }) {
    if (!STARTED.has(stands)) return [];
    const percent = Math.floor(progress.share * 100);
    const words = progress.told === null ? t("campaigns.progress.few", { percent, least: figures.least }) : t("campaigns.progress.said", { percent, told: amount(progress.told) });
    const waits = stands === "running" && Date.parse(progress.next_at) - serverNow() > WAIT_MS && t(progress.share ? "campaigns.waits" : "campaigns.begins.at", { time: dayAndTime(progress.next_at) });
    return [h("progress", { class: "meter", max: "1", value: String(progress.share), "aria-label": t("campaigns.progress") }),
      h("p", { class: "small number" }, [words, waits].filter(Boolean).join(" · "))];
  }

  #counted({ least, opened, channels, at }) {
    if (!channels.length) return [];
    const number = (count) => (count === null ? t("campaigns.fewer", { least }) : amount(count));
    const rows = channels.map((one) => [t(`campaigns.channel.${one.channel}`), ...COUNTS.map((name) => number(one[name]))]);
    return [h("details", {}, h("summary", {}, t("campaigns.figures"), " · ", t("campaigns.figures.opened", { count: number(opened) })),
      table(t("campaigns.figures"), [t("campaigns.channel"), ...COUNTS.map((name) => t(`campaigns.${name}`))], rows),
      at && h("p", { class: "soft tiny" }, t("campaigns.figures.at", { time: dayAndTime(at), least })))];
  }

  #choices({ state: stands }) {
    if (!this.#me.roles.includes("operator")) return [];
    const act = (words, work, kind) => button(words, async () => { if (await work()) await this.#onChange(); }, kind);
    const cancel = () => act(t("campaigns.cancel"), () => this.#cancel(), "danger-quiet small");
    const test = button(t("campaigns.test"), () => this.#post("test", t("campaigns.tested.said")));
    return {
      drafted: () => [act(t("campaigns.propose"), () => this.#propose(), "small"), test, cancel()],
      proposed: () => [h("a", { class: "button small", href: "#/proposals" }, t("campaigns.decide")), test, cancel()],
      running: () => [act(t("campaigns.pause"), () => this.#post("pause", t("campaigns.paused.said")), "small"), cancel()],
      paused: () => [act(t("campaigns.resume"), () => this.#post("resume", t("campaigns.resumed.said")), "small"), cancel()],
    }[stands]?.() ?? [];
  }

  #post(what, said, json) {
    return perform(() => askAsStaff("POST", `/v1/desk/campaigns/${this.#campaign.id}/${what}`, json), said);
  }

  async #propose() {
    const answer = await question({ title: t("campaigns.propose.title"), text: t("campaigns.propose.text"), fields: [wordsField(t("desk.reason"), "reason")], confirm: t("campaigns.propose") });
    return answer ? this.#post("propose", t("campaigns.proposed.said"), answer) : false;
  }

  async #cancel() {
    const title = this.#campaign.title[language() === "en" ? "en" : "zh"];
    const answer = await question({ title: t("campaigns.cancel.title", { title }), text: t("campaigns.cancel.text"), fields: [wordsField(t("desk.reason"), "reason")], confirm: t("campaigns.cancel"), danger: true });
    return answer ? this.#post("cancel", t("campaigns.cancelled.said"), answer) : false;
  }
}
