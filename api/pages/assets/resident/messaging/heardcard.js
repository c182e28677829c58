// Which messages are pushed where: a row a category, a column a place.

import { fill, h, t } from "../../kit.js";
import { PLACES } from "./choices.js";

/** The card of categories; `onChange` saves. */
export class HeardCard {
  #choices;
  #onChange;
  #table = h("div");
  node = h("section", { class: "card stack", "aria-labelledby": "heard-title" },
    h("h2", { id: "heard-title" }, t("heard.title")), this.#table, h("p", { class: "soft small" }, t("heard.always.why")));

  constructor(choices, onChange) {
    this.#choices = choices;
    this.#onChange = onChange;
  }

  draw() {
    const places = Object.keys(PLACES);
    fill(this.#table, h("table", { class: "heard" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen" }, t("heard.category"))), places.map((place) => h("th", { scope: "col" }, t(`heard.${place}`))))),
      h("tbody", {}, this.#choices.held.categories.map((one) => this.#row(one, places)))));
  }

  #row(one, places) {
    const head = h("th", { scope: "row" }, one.title);
    if (one.critical) return h("tr", { "data-category": one.category }, head, h("td", { colspan: places.length, class: "soft small" }, t("heard.always")));
    return h("tr", { "data-category": one.category }, head, places.map((place) => h("td", {}, this.#box(one, place))));
  }

  // The label is as large as a finger; the words around the box say what it is for.
  #box(one, place) {
    const box = h("input", {
      type: "checkbox", class: "tick", checked: this.#choices.hears(one, place), "aria-label": `${one.title}, ${t(`heard.${place}`)}`,
      onchange: () => this.#onChange(this.#choices.switch(one.category, place, box.checked)),
    });
    return h("label", { class: "heard-box" }, box, h("span", { class: "heard-place" }, t(`heard.${place}`)));
  }
}
