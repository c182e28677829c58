// When nothing is pushed: from when until when, by the clock of which place.

import { fill, h, t } from "../../kit.js";
import { field } from "../part.js";

const HOURS = { begins: "22:00", ends: "07:00" };
const ZONES = ["Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Tokyo", "Asia/Singapore", "Europe/London", "Europe/Paris", "America/New_York", "America/Los_Angeles", "Australia/Sydney"];

/** The card of quiet hours; `onChange` saves. */
export class QuietCard {
  #choices;
  #onChange;
  #body = h("div", { class: "stack" });
  #switch = h("button", { type: "button", class: "switch", role: "switch", "aria-labelledby": "quiet-title", onclick: () => this.#toggle() },
    h("span", { class: "switch-track" }, h("span", { class: "switch-knob" })));
  node = h("section", { class: "card stack", "aria-labelledby": "quiet-title" },
    h("div", { class: "consent-head" }, h("div", { class: "row-body" }, h("h2", { id: "quiet-title" }, t("quiet.title")), h("p", { class: "soft small" }, t("quiet.lead"))), this.#switch),
    this.#body);

  constructor(choices, onChange) {
    this.#choices = choices;
    this.#onChange = onChange;
  }

  draw() {
    const { quiet_hours: quiet } = this.#choices.held;
    this.#switch.setAttribute("aria-checked", String(quiet !== null));
    fill(this.#body, quiet && [h("div", { class: "quiet-hours" }, this.#time("begins"), this.#time("ends")), this.#zone()]);
  }

  #toggle() {
    const { quiet_hours: quiet } = this.#choices.held;
    this.#onChange(this.#choices.change({ quiet_hours: quiet ? null : HOURS }));
    this.draw();
  }

  #time(end) {
    const input = h("input", { type: "time", class: "input", id: `quiet-${end}`, required: true, value: this.#choices.held.quiet_hours[end], onchange: () => this.#set(end, input) });
    return field(t(`quiet.${end}`), input);
  }

  #set(end, input) {
    const quiet = { ...this.#choices.held.quiet_hours, [end]: input.value };
    input.setCustomValidity(quiet.begins === quiet.ends ? t("quiet.same") : "");
    if (input.reportValidity()) this.#onChange(this.#choices.change({ quiet_hours: quiet }));
  }

  #zone() {
    const chosen = this.#choices.held.time_zone;
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const zones = [...new Set([chosen, ...ZONES, here])].filter((zone) => zone.includes("/")).sort();
    const select = h("select", { class: "input", id: "quiet-zone", onchange: () => this.#onChange(this.#choices.change({ time_zone: select.value })) },
      zones.map((zone) => h("option", { value: zone, selected: zone === chosen }, zone.replaceAll("_", " "))));
    return field(t("quiet.zone"), select);
  }
}
