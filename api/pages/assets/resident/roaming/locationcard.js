// The switch for positions: two consents in plain words, what was last found, and the way back.

import { announce, dayAndTime, fill, h, icon, notice, provinceName, question, t } from "../../kit.js";
import { showFailure, showLoading } from "../part.js";
import { askAsResident } from "../session.js";
import { explain } from "../words.js";

const KINDS = ["location", "location-background"];
const [LOCATION] = KINDS;

const isGranted = (consent) => consent?.state === "granted";

async function isAllowedHere() {
  const answer = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
  return answer?.state === "granted";
}

/** The card of positions, on the view of other provinces. */
export class LocationCard {
  #whereabouts;
  #consents = null;
  #switches = h("div", { class: "stack" });
  #answer = h("div", { class: "location-answer" });
  node = h("section", { class: "card stack", "aria-labelledby": "location-title" },
    h("h2", { id: "location-title" }, t("location.title")), h("p", { class: "soft small" }, t("location.lead")), this.#switches, this.#answer);

  constructor(whereabouts) {
    this.#whereabouts = whereabouts;
  }

  async start() {
    showLoading(this.#switches);
    try {
      await this.#load();
      // The consent may be of another device. The browser is asked here only where it does not have to ask.
      if (isGranted(this.#consents[LOCATION]) && (await isAllowedHere())) this.#whereabouts.begin();
    } catch (error) {
      showFailure(this.#switches, error);
    }
  }

  /** Draws the last answer anew. */
  wander() {
    if (!this.#consents) return;
    const { trouble, on } = this.#whereabouts;
    // Withdrawn on another device: the server has said so, and the switches shall.
    if (!on && trouble?.slug) this.#load().catch(() => {});
    fill(this.#answer, this.#drawAnswer());
  }

  async #load() {
    const { items } = await askAsResident("GET", "/v1/me/consents");
    this.#consents = Object.fromEntries(items.filter((item) => KINDS.includes(item.kind)).map((item) => [item.kind, item]));
    fill(this.#switches, KINDS.map((kind) => this.#row(kind)));
    fill(this.#answer, this.#drawAnswer());
  }

  #row(kind) {
    const consent = this.#consents[kind];
    const id = `consent-${kind}`;
    // The background rests on positions in use: by itself it would be a consent by which nothing can be done.
    const isEarly = kind !== LOCATION && !isGranted(consent) && !isGranted(this.#consents[LOCATION]);
    const button = h("button", { type: "button", class: "switch", disabled: isEarly, role: "switch", "aria-checked": String(isGranted(consent)), "aria-labelledby": id, onclick: () => this.#switch(kind, button) },
      h("span", { class: "switch-track" }, h("span", { class: "switch-knob" })));
    const control = consent.can_grant || isGranted(consent) ? button : h("a", { class: "plain accent", href: "#/identity" }, t("consents.to-proving"));
    return h("div", { class: "consent-head", "data-consent": kind },
      h("div", { class: "row-body" }, h("h3", { id }, t(`location.${kind}`)), h("p", { class: "soft small" }, t(`location.${kind}.lead`)), isEarly && h("p", { class: "soft small" }, t("location.first"))), control);
  }

  #drawAnswer() {
    if (!isGranted(this.#consents[LOCATION])) return null;
    const { on, last, trouble, doubt, asking } = this.#whereabouts;
    if (!on) return h("button", { type: "button", class: "button", onclick: () => this.#whereabouts.begin() }, icon("pin", 20), t("location.here"));
    if (trouble === "denied") return h("p", { class: "note warn small", role: "alert" }, icon("alert", 20), t("location.denied"));
    const said = last && t(last.roaming ? "location.last.roaming" : "location.last.home", { province: provinceName(last.province), time: dayAndTime(last.at) });
    const missing = trouble && (trouble === "unknown" ? t("location.unknown") : explain(trouble));
    return [
      said && h("p", { class: "location-last", "data-province": last.province }, icon("pin", 20), h("span", {}, said)),
      (missing || doubt) && h("p", { class: "soft small", "data-doubt": doubt }, [missing, doubt && t(`location.doubt.${doubt}`)].filter(Boolean).join(" ")),
      h("button", { type: "button", class: "button quiet small", disabled: asking, onclick: () => this.#whereabouts.again() }, icon("refresh", 18), t(asking ? "location.asking" : "location.again")),
    ];
  }

  async #switch(kind, button) {
    const consent = this.#consents[kind];
    const isOff = isGranted(consent);
    if (isOff) {
      // Either erases what was found: of the crossings nobody knows which were found in the background.
      const which = kind === LOCATION ? "location.off" : "location.off-background";
      const sure = await question({ title: t(`${which}.title`), text: t(`${which}.text`), confirm: t("location.off.confirm"), danger: true });
      if (!sure) return;
    }
    button.disabled = true;
    try {
      const path = `/v1/me/consents/${kind}`;
      await (isOff ? askAsResident("DELETE", path) : askAsResident("PUT", path, { json: { version: consent.version } }));
      if (kind === LOCATION && isOff) this.#whereabouts.end();
      await this.#load();
      if (kind === LOCATION && !isOff) this.#whereabouts.begin();
      announce(t(isOff ? "consents.off" : "consents.on"));
    } catch (error) {
      button.disabled = false;
      await notice(t("problem.title"), explain(error));
    }
    this.#switches.querySelector(`[data-consent="${kind}"] [role=switch]`)?.focus();
  }
}
