// Writing a campaign: what it says in both languages, whom it is for, when it goes out; seen before it is kept.

import { announce, ask, dayAndTime, fill, h, icon, language, provinceName, serverNow, t } from "../kit.js";
import provinces from "../words/provinces.js";
import { amount } from "./format.js";
import { lockScreens } from "./lockscreens.js";
import { explain, field } from "./parts.js";
import { askAsStaff, SessionEnded } from "./session.js";

const SEGMENTS = ["all", "province", "enterprise", "licence"];
const ENTERPRISES = ["company", "sole-trader", "cooperative", "public-body", "social-organisation", "rural-collective"];
const DAYS = 3;

/** Kinds of licences that residents hold, as pairs of id and name. */
export async function listKinds() {
  const { items } = await ask("GET", "/v1/licence-types");
  return items.filter((kind) => kind.holder === "resident").map((kind) => [kind.id, kind.name[language() === "en" ? "en" : "zh"]]);
}

// A control of day and time has no zone: here it speaks of Beijing's, as the desk does wherever its machine stands.
const ZONE = "+08:00";
const inBeijing = (at) => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 16);
const moment = (value) => new Date(`${value}:00${ZONE}`).toISOString();
const option = ([value, words]) => h("option", { value }, words);

function sayReach({ reach, low, high, is_exact: exact, least, at }) {
  const time = dayAndTime(at);
  const number = (count) => (count === null ? t("campaigns.fewer", { least }) : amount(count));
  if (reach === null) return t("campaigns.reach.few", { time, least });
  if (exact) return reach === 0 ? t("campaigns.reach.none", { time }) : t("campaigns.reach.exact", { time, count: amount(reach) });
  return t("campaigns.reach.estimate", { time, count: amount(reach), low: number(low), high: number(high) });
}

// What somebody is writing, by who they are: the page is drawn anew in another language, or another view is looked at.
const unfinished = new Map();

/** The form of `author`; `onDone()` is called once a draft was kept or given up. */
export class CampaignForm {
  #author;
  #onDone;
  #kinds = [];
  #shown = h("div", { class: "stack", role: "status" });
  #fault = h("div", { role: "alert" });
  #value = h("select", { class: "input", name: "value" });
  #valueField = field(t("campaigns.value"), this.#value);
  #form;
  node = h("section", { class: "card stack", hidden: true, "aria-labelledby": "campaign-title", "data-editor": true });

  constructor(author, onDone) {
    this.#author = author;
    this.#onDone = onDone;
    const text = (name, most) => h("input", { class: "input", name, required: true, maxlength: most, autocomplete: "off" });
    const lines = (name) => h("textarea", { class: "input", name, rows: 3, required: true, maxlength: 300 });
    const kind = h("select", { class: "input", name: "kind", onchange: () => this.#offer(kind.value) }, SEGMENTS.map((one) => option([one, t(`campaigns.segment.${one}`)])));
    const hour = (name, value) => h("input", { class: "input", name, type: "time", required: true, min: "08:00", max: "21:00", value });
    const day = (name, required) => h("input", { class: "input", name, type: "datetime-local", required });
    this.#form = h("form", { class: "form-grid", onsubmit: (event) => { event.preventDefault(); this.#do(event.submitter, () => this.#keep()); } },
      field(t("campaigns.title.zh"), text("title_zh", 60)), field(t("campaigns.title.en"), text("title_en", 60)),
      field(t("campaigns.body.zh"), lines("body_zh")), field(t("campaigns.body.en"), lines("body_en")),
      field(t("campaigns.segment"), kind), this.#valueField,
      field(t("campaigns.link"), h("input", { class: "input", name: "link", maxlength: 200, pattern: "/.*", spellcheck: "false" }), t("campaigns.link.hint")),
      field(t("campaigns.rate"), h("input", { class: "input number", name: "rate", type: "number", min: 1, max: 5000, required: true, value: 200 })),
      field(t("campaigns.begins"), hour("begins", "09:00"), t("campaigns.hours.hint")), field(t("campaigns.ends"), hour("ends", "20:00")),
      field(t("campaigns.starts"), day("starts", false), t("campaigns.starts.hint")), field(t("campaigns.expires"), day("expires", true)),
      h("div", { class: "form-end stack" }, this.#shown, this.#fault, this.#buttons()));
    this.#form.addEventListener("input", () => {
      fill(this.#shown); // what was previewed is no longer what stands here
      unfinished.set(this.#author, Object.fromEntries(new FormData(this.#form)));
    });
    fill(this.node, h("h2", { id: "campaign-title", tabindex: "-1" }, t("campaigns.new")), h("p", { class: "soft small" }, t("campaigns.new.lead")), this.#form);
  }

  #buttons() {
    const preview = h("button", { type: "button", class: "button quiet small", onclick: () => { if (this.#form.reportValidity()) this.#do(preview, () => this.#preview()); } }, t("campaigns.preview"));
    return h("div", { class: "row-actions" }, preview, h("button", { type: "submit", class: "button small" }, t("campaigns.keep")),
      h("button", { type: "button", class: "button quiet small", onclick: () => this.#close() }, t("dialog.cancel")));
  }

  /** Shows it, empty. */
  open() {
    this.#form.reset();
    const shown = this.#show({ expires: inBeijing(new Date(serverNow() + DAYS * 86_400_000)) });
    this.node.querySelector("h2").focus();
    return shown;
  }

  /** Shows what was being written, if anything was. */
  resume() {
    const given = unfinished.get(this.#author);
    return given && this.#show(given);
  }

  async #show(given) {
    const { elements } = this.#form;
    for (const [name, value] of Object.entries(given)) elements[name].value = value;
    fill(this.#shown);
    fill(this.#fault);
    this.#offer(elements.kind.value, given.value);
    this.node.hidden = false;
    this.#kinds = await listKinds().catch(() => []);
    this.#offer(elements.kind.value, given.value);
  }

  #offer(kind, wanted) {
    const chosen = this.#value.value || wanted;
    const offered = {
      all: [],
      province: Object.keys(provinces).map((code) => [code, provinceName(code)]),
      enterprise: ENTERPRISES.map((one) => [one, t(`campaigns.enterprise.${one}`)]),
      licence: this.#kinds,
    }[kind];
    fill(this.#value, offered.map(option));
    if (offered.some(([value]) => value === chosen)) this.#value.value = chosen;
    this.#valueField.hidden = kind === "all";
  }

  #read() {
    const given = Object.fromEntries(new FormData(this.#form));
    return {
      title: { zh: given.title_zh.trim(), en: given.title_en.trim() }, body: { zh: given.body_zh.trim(), en: given.body_en.trim() },
      link: given.link.trim(), segment: { kind: given.kind, value: given.kind === "all" ? "" : given.value }, rate: Number(given.rate),
      window: { begins: given.begins, ends: given.ends }, starts_at: given.starts ? moment(given.starts) : null, expires_at: moment(given.expires),
    };
  }

  async #do(pressed, work) {
    if (pressed) pressed.disabled = true;
    fill(this.#fault);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SessionEnded)) fill(this.#fault, h("p", { class: "note bad" }, icon("alert", 20), h("span", {}, explain(error))));
    } finally {
      if (pressed) pressed.disabled = false;
    }
  }

  async #preview() {
    const seen = await askAsStaff("POST", "/v1/desk/campaigns/preview", this.#read());
    fill(this.#shown, h("p", { class: "note", "data-reach": true }, icon("people", 20), h("span", {}, sayReach(seen))),
      lockScreens(seen.zh, seen.en), h("p", { class: "soft tiny" }, t("campaigns.card", { title: `${seen.zh.card} / ${seen.en.card}` })));
  }

  async #keep() {
    await askAsStaff("POST", "/v1/desk/campaigns", this.#read());
    announce(t("campaigns.kept.said"));
    this.#close();
  }

  #close() {
    unfinished.delete(this.#author);
    this.node.hidden = true;
    this.#onDone();
  }
}
