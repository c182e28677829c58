// A licence opened: its card, its live code, what it says, what it is made of, and copies of it.

import { fill, h, icon, t } from "../../kit.js";
import { showFailure, showLoading } from "../part.js";
import { MINE } from "../subjects.js";
import { licenceFace } from "./card.js";
import { CopyForm } from "./copyform.js";
import { Fields } from "./fields.js";
import { addressOf, walletInAddress } from "./places.js";
import { isAway, readLicence, recallLicence } from "./reading.js";
import { Showing } from "./showing.js";
import { abnormalWords, ageWords, dayWords, said, standingWords } from "./speaking.js";
import { typeOf } from "./types.js";

/** The view of one licence. */
export class LicenceView {
  #place = walletInAddress();
  #subject = this.#place.delegation ? { kind: "enterprise", id: this.#place.delegation } : MINE;
  #state = h("div", { class: "wallet-state" });
  #face = h("div");
  #body = h("div", { class: "stack" });
  // The card says it in large; the code beneath has the room.
  #title = h("h1", { class: "unseen", tabindex: "-1" }, t("licence.title"));
  #showing = null;
  #fields = null;
  #isOpen = false;
  node = h("div", { class: "stack licence-view" },
    h("div", { class: "head" }, h("a", { class: "plain back", href: addressOf(this.#subject) }, icon("chevron", 18), t("licence.back")), this.#title),
    this.#state, this.#face, this.#body);

  async start() {
    this.#isOpen = true;
    showLoading(this.#state);
    await this.reload();
  }

  stop() {
    this.#isOpen = false;
    this.#close();
  }

  update() {}

  /** After a scan there is a new code to show. */
  refresh() {
    this.#showing?.refresh();
  }

  /** Reads the licence again: something about it may have changed. */
  async reload() {
    try {
      const licence = await readLicence(this.#subject, this.#place.licence);
      if (!this.#isOpen) return;
      fill(this.#state);
      this.#draw(licence);
    } catch (error) {
      const seen = isAway(error) ? await recallLicence(this.#subject, this.#place.licence).catch(() => null) : null;
      if (!this.#isOpen) return;
      if (!seen) return void this.#fail(error);
      fill(this.#state, h("p", { class: "note warn small", role: "status" }, icon("offline", 20), t("licence.offline", { age: ageWords(seen.keptAt) })));
      this.#draw(seen);
    }
  }

  #fail(error) {
    this.#close();
    fill(this.#face);
    fill(this.#body);
    if (error.status !== 404) return void showFailure(this.#state, error);
    fill(this.#state, h("div", { class: "card empty" }, icon("wallet", 32), h("p", {}, t("licence.gone"))));
  }

  #close() {
    this.#showing?.stop();
    this.#fields?.stop();
    this.#showing = this.#fields = null;
  }

  #draw(licence) {
    this.#close();
    const type = typeOf(licence.type);
    this.#title.textContent = said(type.name);
    this.node.dataset.state = licence.keptAt ? "kept" : "current";
    const face = (picture) => fill(this.#face, licenceFace(licence, { picture, level: "p" }));
    face(null);
    if (licence.fields) this.#fields = new Fields(type, licence, face);
    if (!licence.abnormal) this.#showing = new Showing(this.#subject, licence.id);
    fill(this.#body, licence.abnormal ? this.#abnormal(licence) : this.#showing.node, licence.parts?.length > 0 && this.#parts(licence.parts),
      this.#fields && h("section", { class: "card stack", "aria-labelledby": "fields-title" }, h("h2", { id: "fields-title" }, t("licence.fields")), this.#fields.node, this.#about(licence)),
      !licence.abnormal && !licence.keptAt && new CopyForm(this.#subject, licence.id).node);
    this.#showing?.start();
    this.#fields?.start();
  }

  #abnormal(licence) {
    return h("div", { class: "note bad", role: "status" }, icon("alert"),
      h("div", {}, h("p", {}, h("strong", {}, abnormalWords(licence))), this.#failed(licence.parts ?? []), h("p", { class: "small" }, t("licence.abnormal.next", { issuer: licence.issuer_name }))));
  }

  // Which parts are to blame, before anybody has to look for them.
  #failed(parts) {
    const failed = parts.filter((part) => part.standing !== "valid").map((part) => t("licence.part.is", { name: said(typeOf(part.type).name), standing: this.#standing(part) }));
    return failed.length ? h("p", { class: "small" }, failed.join(t("list.comma"))) : null;
  }

  #standing({ standing }) {
    return standing ? standingWords(standing) : t("licence.part.missing");
  }

  #parts(parts) {
    return h("section", { class: "card stack", "aria-labelledby": "parts-title" },
      h("h2", { id: "parts-title" }, t("licence.parts")), h("p", { class: "soft small" }, t("licence.parts.lead")),
      h("ul", { class: "rows" }, parts.map((part) => this.#part(part))));
  }

  #part(part) {
    const { type, licence_id: id } = part;
    const isGood = part.standing === "valid";
    const name = said(typeOf(type).name);
    return h("li", { "data-part": type }, h("span", { class: `row-icon ${isGood ? "good" : "bad"}` }, icon(isGood ? "check" : "alert", 20)),
      h("div", { class: "row-body" }, h("h3", {}, name), h("p", { class: "soft small" }, this.#standing(part))),
      id && h("a", { class: "plain accent", href: addressOf(this.#subject, id), "aria-label": name }, icon("chevron", 18)));
  }

  // Many kinds say some of it themselves.
  #about({ fields, issuer_name: issuer, issued_on: issued, identifier, changed_at: changed, fetched_at: fetched }) {
    const told = new Set(Object.values(fields).map(dayWords));
    const lines = [["licence.issuer", issuer], ["licence.issued", dayWords(issued)], ["licence.identifier", identifier],
      ["licence.changed", changed && dayWords(changed.slice(0, 10))], ["licence.fetched", fetched && ageWords(fetched)]];
    return h("dl", { class: "licence-fields soft small" }, lines.filter(([, value]) => value && !told.has(value)).map(([label, value]) => h("div", { class: "licence-field" },
      h("dt", {}, t(label)), h("dd", {}, h("span", { class: "licence-value" }, value)))));
  }
}
