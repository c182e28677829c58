// The card that welcomes a resident in another province, and is not there at home.

import { dayAndTime, fill, h, icon, t } from "../../kit.js";
import { getDestination, spoken } from "./destinations.js";
import { appLine, licenceList, numberLinks, serviceList, sourceNote } from "./offer.js";
import { addressOf } from "./places.js";

/** Shows what there is where the resident has arrived; nothing at home. */
export class RoamingCard {
  #whereabouts;
  #shown = null;
  node = h("div", { class: "roaming-place" });

  constructor(whereabouts) {
    this.#whereabouts = whereabouts;
  }

  start() { this.wander(); }

  stop() {}

  /** Draws anew where the resident is somewhere else now. */
  async wander() {
    const { arrival } = this.#whereabouts;
    const key = arrival && `${arrival.province} ${arrival.source}`;
    if (key === this.#shown) return;
    this.#shown = key;
    if (!arrival) {
      this.node.replaceChildren();
      return;
    }
    // Without a network there is nothing to show but the name, and a later answer draws it whole.
    const found = await getDestination(arrival.province).catch(() => null);
    if (this.#shown !== key) return;
    if (found) fill(this.node, this.#draw(arrival, found));
    else this.#shown = null;
  }

  #draw(arrival, found) {
    const name = spoken(found.name);
    return h("section", { class: "card stack roaming-card", "aria-labelledby": "roaming-title", "data-province": found.province },
      h("div", { class: "roaming-head" }, h("span", { class: "row-icon" }, icon("pin", 22)),
        h("h2", { id: "roaming-title" }, t("roaming.title", { province: name })),
        h("button", { type: "button", class: "plain", "aria-label": t("roaming.hide"), onclick: () => this.#whereabouts.hide() }, icon("cross", 20))),
      appLine(found), numberLinks(found.numbers.slice(0, 6)),
      found.services.length > 0 && h("div", {}, h("h3", { class: "offer-title" }, t("roaming.services")), serviceList(found, { brief: true })),
      found.licences.length > 0 && h("div", {}, h("h3", { class: "offer-title" }, t("roaming.licences")), licenceList(found, { brief: true })),
      sourceNote(found),
      h("a", { class: "button quiet", href: addressOf(found.province) }, t("roaming.open", { province: name }), icon("chevron", 18)),
      whyShown(arrival, name));
  }
}

/** The answer to "why do I see this?", with the way to switch it off. */
export function whyShown(arrival, name) {
  return h("details", { class: "small roaming-why" }, h("summary", {}, t("roaming.why")),
    h("p", { class: "soft" }, t(arrival.source === "scan" ? "roaming.why.scan" : "roaming.why.fix", { time: dayAndTime(arrival.at), province: name })),
    h("a", { class: "plain accent roaming-way", href: "#/roaming" }, t("roaming.why.off"), icon("chevron", 18)));
}
