// One licence that a venue asks for: which of the resident's would answer, what it would tell, and whether it is given.

import { fill, h, icon, t } from "../../kit.js";
import { fieldText, pictureAddress, said, validityWords } from "./speaking.js";
import { fieldOf, typeOf } from "./types.js";

const holderWords = ({ holder }) => (holder?.kind === "company" ? holder.name ?? t("ask.of-company") : t("ask.own"));

function value(field, text) {
  if (!text) return h("span", { class: "soft" }, t("ask.empty"));
  const address = field.kind === "image" && pictureAddress(text);
  return address ? h("img", { class: "licence-picture", src: address, alt: said(field.label) }) : h("span", { class: "licence-value" }, fieldText(field, text));
}

// Whose it is, and how long it is good; and what else tells it from another of its kind where there is one.
function aboutWords(one, isAlone) {
  return h("span", { class: "ask-about" },
    h("strong", {}, holderWords(one)),
    !isAlone && one.masked_number && h("span", { class: "number" }, one.masked_number),
    h("span", { class: "soft small" }, h("span", {}, validityWords(one)), !isAlone && h("span", {}, one.issuer_name)));
}

/** The part of the dialog for one query. Where several are asked for, each can be left out; `onChange()` tells of it. */
export class AskedQuery {
  #query;
  #type;
  #good;
  #chosen;
  #isGiven;
  #onChange;
  #values = h("dl", { class: "licence-fields" });
  // What of the part goes with the licence.
  #told = h("div", { class: "stack" });
  node;

  constructor(query, { isOneOfMany, onChange }) {
    this.#query = query;
    this.#type = typeOf(query.licence_type);
    this.#good = query.candidates.filter((one) => one.standing === "valid");
    [this.#chosen] = this.#good;
    this.#isGiven = this.#good.length > 0;
    this.#onChange = onChange;
    this.#show();
    const titleId = `ask-${query.id}`;
    this.node = h("section", { class: "asked stack", "data-query": query.id, "aria-labelledby": titleId },
      h("h3", { id: titleId }, said(this.#type.name)),
      this.#isGiven ? [isOneOfMany && this.#tick(), fill(this.#told, this.#which(), this.#values)]
        : h("p", { class: "note warn small" }, icon("alert", 20), t("ask.not-held")));
  }

  /** The query's id. */
  get id() {
    return this.#query.id;
  }

  /** The id of the licence that is given, or null. */
  get licence() {
    return this.#isGiven ? this.#chosen.licence_id : null;
  }

  #tick() {
    const box = h("input", { type: "checkbox", class: "tick", checked: true, onchange: () => {
      this.#isGiven = box.checked;
      this.#told.hidden = !box.checked;
      this.#onChange();
    } });
    return h("label", { class: "agree" }, box, h("span", {}, t("ask.give")));
  }

  #which() {
    if (this.#good.length === 1) return h("p", {}, aboutWords(this.#chosen, true));
    return h("fieldset", { class: "field ask-choice" }, h("legend", { class: "field-label" }, t("ask.choose")),
      this.#good.map((one) => h("label", { class: "agree" },
        h("input", { type: "radio", class: "tick", name: `choose-${this.#query.id}`, value: one.licence_id, checked: one === this.#chosen, onchange: () => { this.#chosen = one; this.#show(); } }),
        aboutWords(one, false))));
  }

  #show() {
    const fields = this.#query.fields.map((name) => fieldOf(this.#type, name));
    fill(this.#values, this.#isGiven && fields.map((field) => h("div", { class: "licence-field", "data-field": field.id },
      h("dt", {}, said(field.label)), h("dd", {}, value(field, this.#chosen.preview[field.id])))));
  }
}
