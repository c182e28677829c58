// In which language messages are pushed, and how the page looks where its resident logs in.

import { fill, h, language, t, useLanguage } from "../../kit.js";

const LANGUAGES = ["zh-CN", "en"];

/** The card of language and elder view; `onChange` saves, `setElder` turns the elder view on or off here. */
export class LooksCard {
  #choices;
  #onChange;
  #setElder;
  #languages = h("div", { class: "kinds", role: "group", "aria-label": t("looks.language") });
  #elder = h("button", { type: "button", class: "switch", role: "switch", "aria-labelledby": "looks-elder", onclick: () => this.#toggle() },
    h("span", { class: "switch-track" }, h("span", { class: "switch-knob" })));
  node = h("section", { class: "card stack", "aria-labelledby": "looks-title" },
    h("h2", { id: "looks-title" }, t("looks.title")), h("p", { class: "soft small" }, t("looks.lead")), this.#languages,
    h("div", { class: "consent-head" }, h("p", { class: "row-body looks-elder", id: "looks-elder" }, t("looks.elder")), this.#elder));

  constructor(choices, onChange, setElder) {
    this.#choices = choices;
    this.#onChange = onChange;
    this.#setElder = setElder;
  }

  draw() {
    const { locale, elder_view: elder } = this.#choices.held;
    fill(this.#languages, LANGUAGES.map((tag) => h("button", { type: "button", class: "kind", lang: tag, "aria-pressed": String(tag === locale), onclick: () => this.#choose(tag) }, t(`looks.language.${tag}`))));
    this.#elder.setAttribute("aria-checked", String(elder));
  }

  async #choose(locale) {
    if (locale === this.#choices.held.locale && locale === language()) return;
    // The page is drawn anew in the other language, so it waits until that is kept.
    if (await this.#onChange(this.#choices.change({ locale }))) useLanguage(locale);
  }

  async #toggle() {
    const elder = !this.#choices.held.elder_view;
    if (await this.#onChange(this.#choices.change({ elder_view: elder }))) this.#setElder(elder);
  }
}
