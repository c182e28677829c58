// Campaigns: written, proposed, watched while they go out, paused and ended.

import { h, t } from "../kit.js";
import { CampaignCard } from "./campaigncard.js";
import { CampaignForm, listKinds } from "./campaignform.js";
import { button, empty, View } from "./parts.js";
import { askPage } from "./session.js";

const LOOK_MS = 3000;
const MOST = 50;

/** The view; an auditor reads it. */
export class CampaignsView extends View {
  #me;
  #form;
  #cards = new Map();
  #watch = null;

  constructor(me) {
    const form = new CampaignForm(me.resident_id, () => this.refresh());
    const canAct = me.roles.includes("operator");
    super("campaigns", { load: () => this.#draw(), extra: canAct && h("div", { class: "stack" }, h("div", {}, button(t("campaigns.new"), () => form.open(), "small")), form.node) });
    this.#me = me;
    this.#form = form;
  }

  start() {
    super.start();
    this.#form.resume();
    this.#watch = setInterval(() => this.#follow(), LOOK_MS);
  }

  stop() {
    clearInterval(this.#watch);
    super.stop();
  }

  async #draw() {
    const [{ items }, kinds] = await Promise.all([askPage("/v1/desk/campaigns", { limit: MOST }), listKinds().catch(() => [])]);
    const names = new Map(kinds);
    this.#cards = new Map(items.map((one) => [one.id, new CampaignCard(one, this.#me, names, () => this.#follow())]));
    return items.length ? h("ul", { class: "cards wide" }, [...this.#cards.values()].map((card) => card.node)) : empty(t("campaigns.none"));
  }

  // What is there is brought up to date in its place; a new one has everything drawn anew. A look that fails is made again.
  async #follow() {
    const { items } = await askPage("/v1/desk/campaigns", { limit: MOST }).catch(() => ({ items: null }));
    if (!items) return;
    if (items.some((one) => !this.#cards.has(one.id))) await this.refresh();
    else for (const one of items) this.#cards.get(one.id).update(one);
  }
}
