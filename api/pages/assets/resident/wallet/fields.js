// What a licence says, field by field: covered until tapped, and covered again once nobody looks.

import { fill, h, icon, t } from "../../kit.js";
import { coveredText, fieldText, isCovered, pictureAddress, said } from "./speaking.js";

/** The list of a licence's fields; `onPicture(text | null)` hears of the holder's picture being uncovered and covered. */
export class Fields {
  #rows = [];
  #onPicture;
  node = h("dl", { class: "licence-fields" });

  constructor(type, licence, onPicture) {
    this.#onPicture = onPicture;
    const told = type.fields.filter((field) => licence.fields[field.id]);
    this.#rows = told.map((field) => this.#row(field, licence.fields[field.id], licence.masked?.[field.id]));
    fill(this.node, this.#rows.map((row) => row.node));
  }

  start() {
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#coverAll();
  }

  #onVisibility = () => {
    if (document.visibilityState === "hidden") this.#coverAll();
  };

  #coverAll() {
    for (const row of this.#rows) row.cover?.(true);
  }

  #row(field, text, masked) {
    const value = h("span", { class: "licence-value" });
    const label = said(field.label);
    if (!isCovered(field)) return { node: this.#line(label, fill(value, this.#plain(field, text)), null) };
    const button = h("button", { type: "button", class: "plain accent", "aria-pressed": "false", onclick: () => cover(button.getAttribute("aria-pressed") === "true") });
    const cover = (isOn) => {
      fill(value, isOn ? coveredText(field, text, field.kind === "image" ? null : masked) : this.#plain(field, text));
      button.setAttribute("aria-pressed", String(!isOn));
      button.setAttribute("aria-label", t(isOn ? "licence.uncover.of" : "licence.cover.of", { field: label }));
      fill(button, icon("eye", 18), t(isOn ? "licence.uncover" : "licence.cover"));
      if (field.kind === "image") this.#onPicture(isOn ? null : text);
    };
    cover(true);
    return { node: this.#line(label, value, button, field.id), cover };
  }

  #line(label, value, button, name) {
    return h("div", { class: "licence-field", "data-field": name }, h("dt", {}, label), h("dd", {}, value), button && h("dd", { class: "licence-cover" }, button));
  }

  #plain(field, text) {
    const address = field.kind === "image" && pictureAddress(text);
    return address ? h("img", { class: "licence-picture", src: address, alt: said(field.label) }) : fieldText(field, text);
  }
}
