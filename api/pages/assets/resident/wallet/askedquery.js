// One licence that a venue asks for: which of the resident's would answer, what it would tell, and whether it is given.

import { fill, h, icon, t } from "../../kit.js";
import { fieldText, pictureAddress, said } from "./speaking.js";
import { fieldOf, typeOf } from "./types.js";

const SHORT = 10;
const TAIL = 4;

// Two licences of a kind are told apart by their numbers; a long one by its end.
function nameOf(type, { preview }, at) {
  const number = preview[type.number_field];
  if (number) return number.length > SHORT ? t("ask.tail", { tail: number.slice(-TAIL) }) : number;
  return preview[type.name_field] ?? t("ask.nth", { number: at + 1 });
}

function value(field, text) {
  if (!text) return h("span", { class: "soft" }, t("ask.empty"));
  const address = field.kind === "image" && pictureAddress(text);
  return address ? h("img", { class: "licence-picture", src: address, alt: said(field.label) }) : h("span", { class: "licence-value" }, fieldText(field, text));
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
      this.#isGiven ? [isOneOfMany && this.#tick(), this.#good.length > 1 && this.#choice(), this.#values]
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
      this.#values.hidden = !box.checked;
      this.#onChange();
    } });
    return h("label", { class: "agree" }, box, h("span", {}, t("ask.give")));
  }

  #choice() {
    const id = `choose-${this.#query.id}`;
    return h("div", { class: "field" }, h("label", { class: "field-label", for: id }, t("ask.choose")),
      h("select", { class: "input", id, onchange: (event) => { this.#chosen = this.#good[event.target.value]; this.#show(); } },
        this.#good.map((one, at) => h("option", { value: at }, nameOf(this.#type, one, at)))));
  }

  #show() {
    const fields = this.#query.fields.map((name) => fieldOf(this.#type, name));
    fill(this.#values, this.#isGiven && fields.map((field) => h("div", { class: "licence-field", "data-field": field.id },
      h("dt", {}, said(field.label)), h("dd", {}, value(field, this.#chosen.preview[field.id])))));
  }
}
