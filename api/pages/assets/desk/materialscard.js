// Materials of a matter: what whoever stands there holds, agreed to by them, and handed over.

import { announce, ask, dayAndTime, fill, h, icon, notice, t } from "../kit.js";
import { fieldList, inTongue, typeName } from "./licencescard.js";
import { button, explain, field, state } from "./parts.js";
import { askAsStaff, SessionEnded } from "./session.js";

const TONES = { held: "good", obtainable: "warn", missing: "quiet" };
const LOOK_AGAIN_MS = 3_000;
let matters = null;

async function listMatters() {
  matters ??= (await ask("GET", "/v1/matters")).items;
  return matters;
}

// What the window keeps: the receipts, and what was handed over where it may be kept.
function saveRecord({ id, matter }, items) {
  const kept = items.map(({ fields, ...item }) => (item.kept_until ? { ...item, fields } : item));
  const url = URL.createObjectURL(new Blob([JSON.stringify({ request_id: id, matter, items: kept }, null, 2)], { type: "application/json" }));
  h("a", { href: url, download: `suixing-materials-${id}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

/** The card; `path` leads to the presence. */
export class MaterialsCard {
  #path;
  #types;
  #matter = null;
  #asked = null;
  #answer = h("div", { class: "stack" });
  node;

  static async open(path, types) {
    return new MaterialsCard(path, types, await listMatters());
  }

  constructor(path, types, known) {
    this.#path = path;
    this.#types = types;
    const choice = h("select", { class: "input", name: "matter" }, known.map((matter) => h("option", { value: matter.id }, inTongue(matter.name))));
    this.node = h("section", { class: "stack", "data-materials": true },
      h("div", { class: "form-grid" }, field(t("window.matter"), choice, t("window.matter.hint")),
        h("div", { class: "form-end" }, button(t("window.materials.ask"), () => this.#ask(known.find((one) => one.id === choice.value)), "small"))),
      this.#answer);
  }

  async #try(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    }
  }

  async #ask(matter) {
    await this.#try(async () => {
      this.#matter = matter;
      this.#asked = await askAsStaff("POST", this.#path("/materials"), { matter: matter.id });
      this.#draw();
      this.#follow(this.#asked.id);
    });
  }

  // Until they answered on their phone; not once another matter was asked about, or the card has gone.
  async #follow(id) {
    while (this.#asked.id === id && this.#asked.state === "asked" && this.#asked.agrees_by === "phone") {
      await new Promise((resolve) => { setTimeout(resolve, LOOK_AGAIN_MS); });
      if (!this.node.isConnected || this.#asked.id !== id) return;
      const found = await askAsStaff("GET", this.#path(`/materials/${id}`)).catch(() => null);
      if (!found) return;
      const changed = found.state !== this.#asked.state;
      this.#asked = found;
      if (changed) {
        this.#draw();
        announce(t(`window.materials.${found.state}`), true);
      }
    }
  }

  #draw() {
    fill(this.#answer, h("ul", { class: "rows" }, this.#matter.materials.map((material) => this.#row(material))), this.#next());
  }

  #row(material) {
    const answered = this.#asked.materials.find((one) => one.material === material.id);
    const { state: found, licence_type: kind } = answered;
    return h("li", { "data-material": material.id, "data-state": found }, h("div", { class: "row-body" },
      h("div", { class: "head-line" }, h("h3", {}, inTongue(material.name)), state(TONES[found], t(`window.material.${found}`))),
      found === "held" && h("p", { class: "soft small" }, typeName(this.#types, kind)),
      found !== "held" && h("p", { class: "soft small" }, this.#advice(material, found))));
  }

  #advice(material, found) {
    const what = inTongue(material.bring);
    if (found === "obtainable") return t("window.material.soon", { what });
    return t(material.required ? "window.material.bring" : "window.material.bring.if", { what });
  }

  #next() {
    const { state: now, agrees_by: agreesBy } = this.#asked;
    if (now === "asked" && agreesBy === "window") return this.#turned();
    const symbols = { asked: "device", agreed: "check", "nothing-held": "paper", "handed-over": "check" };
    const tones = { agreed: " good", refused: " bad", ended: " warn" };
    return [
      h("p", { class: `note${tones[now] ?? ""}`, role: "status" }, icon(symbols[now] ?? "alert", 20), h("span", {}, t(`window.materials.${now}`))),
      (now === "agreed" || now === "handed-over") && button(t("window.materials.take"), () => this.#take(false), "small"),
    ];
  }

  // For the eyes of whoever has no phone: what is handed over, in large words; the values are not there yet.
  #turned() {
    const held = this.#asked.materials.filter((one) => one.state === "held");
    return h("div", { class: "turned stack", "data-turned": true },
      h("h3", {}, icon("eye", 24), " ", t("window.turned.title")), h("p", {}, t("window.turned.text", { matter: inTongue(this.#matter.name) })),
      h("ul", { class: "stack" }, held.map((one) => h("li", {}, h("strong", {}, typeName(this.#types, one.licence_type)),
        h("p", {}, one.fields.map((id) => inTongue(this.#labelOf(one.licence_type, id))).join(t("window.and"))),
        h("p", { class: "soft" }, t(one.kept_days ? "window.turned.kept" : "window.turned.not-kept", { days: one.kept_days }))))),
      h("div", { class: "row-actions" }, button(t("window.turned.agree"), () => this.#take(true), ""), button(t("window.turned.refuse"), () => { fill(this.#answer); })));
  }

  #labelOf(kind, id) {
    return this.#types.get(kind)?.fields.find((one) => one.id === id)?.label ?? { zh: id, en: id };
  }

  async #take(agreedHere) {
    await this.#try(async () => {
      const { items } = await askAsStaff("POST", this.#path(`/materials/${this.#asked.id}/hand-over`), { agreed_here: agreedHere });
      announce(t("window.materials.handed-over"), true);
      const handed = new Set(items.map((item) => item.material));
      const toBring = this.#matter.materials.filter((one) => !handed.has(one.id));
      fill(this.#answer, h("p", { class: "note good", role: "status" }, icon("check", 20), h("span", {}, t("window.materials.handed-over"))),
        items.map((item) => this.#handed(item)),
        button([icon("download", 18), t("window.handed.save")], () => saveRecord(this.#asked, items)),
        toBring.length > 0 && h("ul", { class: "rows" }, toBring.map((material) => this.#row(material))));
    });
  }

  #handed(item) {
    const { name } = this.#matter.materials.find((one) => one.id === item.material);
    const until = item.kept_until;
    return h("article", { class: "licence stack", "data-handed": item.material },
      h("div", { class: "head-line" }, h("h3", {}, inTongue(name)), h("span", { class: "soft small" }, typeName(this.#types, item.licence_type))),
      fieldList(this.#types.get(item.licence_type), item.fields),
      h("p", { class: "soft small" }, icon(until ? "clock" : "eye", 18), " ", t(until ? "window.handed.kept" : "window.handed.not-kept", { until: until && dayAndTime(until) })));
  }
}
