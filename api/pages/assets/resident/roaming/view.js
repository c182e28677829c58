// Other provinces: what there is in one, by arrival or by choice, and the switch for positions.

import { fill, h, icon, provinceName, t } from "../../kit.js";
import provinces from "../../words/provinces.js";
import { partHead, showFailure, showLoading } from "../part.js";
import { whyShown } from "./card.js";
import { getDestination, spoken } from "./destinations.js";
import { LocationCard } from "./locationcard.js";
import { appLine, licenceList, numberLinks, serviceList, sourceNote } from "./offer.js";
import { addressOf, roamingInAddress } from "./places.js";

/** The view of other provinces. */
export class RoamingView {
  #whereabouts;
  #location;
  #choice = h("select", { class: "input", id: "province-choice", onchange: () => this.#choose(this.#choice.value) });
  #place = h("div", { class: "stack", "aria-live": "polite" });
  #province = null;
  node;

  constructor({ whereabouts }) {
    this.#whereabouts = whereabouts;
    this.#location = new LocationCard(whereabouts);
    this.node = h("div", { class: "stack" }, partHead(t("roaming.view"), t("roaming.view.lead")),
      h("section", { class: "card stack" },
        h("div", { class: "field" }, h("label", { class: "field-label", for: "province-choice" }, t("roaming.choose")), this.#choice), this.#place),
      this.#location.node);
  }

  start() {
    this.#province = roamingInAddress()?.province ?? this.#whereabouts.arrival?.province ?? null;
    const codes = Object.keys(provinces);
    fill(this.#choice, h("option", { value: "" }, t("roaming.choose.none")), codes.map((code) => h("option", { value: code }, provinceName(code))));
    this.#choice.value = codes.includes(this.#province) ? this.#province : "";
    this.#show();
    this.#location.start();
  }

  stop() {}

  update() {}

  wander() { this.#location.wander(); }

  #choose(province) {
    this.#province = province || null;
    history.replaceState(null, "", province ? addressOf(province) : "#/roaming");
    this.#show();
  }

  async #show() {
    const province = this.#province;
    if (!province) {
      this.#place.replaceChildren();
      return;
    }
    showLoading(this.#place);
    try {
      const found = await getDestination(province);
      if (this.#province === province) fill(this.#place, this.#draw(found));
    } catch (error) {
      if (this.#province === province) showFailure(this.#place, error);
    }
  }

  #draw(found) {
    const name = spoken(found.name);
    const { arrival } = this.#whereabouts;
    const section = (title, list) => list && h("div", {}, h("h3", { class: "offer-title" }, title), list);
    return h("div", { class: "stack", "data-destination": found.province },
      h("h2", {}, t("roaming.in", { province: name })), appLine(found),
      section(t("roaming.numbers"), numberLinks(found.numbers)),
      section(t("roaming.services"), serviceList(found)),
      section(t("roaming.licences"), licenceList(found)),
      found.licences.length > 0 && h("a", { class: "plain accent roaming-way", href: "#/wallet" }, t("roaming.wallet"), icon("chevron", 18)),
      sourceNote(found),
      arrival?.province === found.province && whyShown(arrival, name));
  }
}
