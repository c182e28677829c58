// The overview's plots: which lines go together, over an hour, a day or a week.

import { fill, h, has, t } from "../kit.js";
import { Plot } from "./plot.js";
import { askPage, SessionEnded } from "./session.js";
import { explain } from "./parts.js";

const WINDOWS = ["hour", "day", "week"];
const GROUPS = [
  ["scans", ["scans.accepted", "codes.issued"]],
  ["answers", ["scans.p50", "scans.p99", "codes.p99"]],
  ["refusals", []],
  ["logins", ["sessions.opened"]],
  ["active", ["sessions.active"]],
  ["requests", ["requests.answered", "requests.failed"]],
  ["waiting", ["outbox.waiting"]],
  ["oldest", ["outbox.oldest"]],
  ["notices", ["notices.delivered", "notices.lost"]],
];
const REFUSED = "refusals.";

function labelOf(name) {
  const key = `desk.line.${name}`;
  return has(key) ? t(key) : name.replace(REFUSED, "");
}

/** The panel; it asks again when told to. */
export class Plots {
  #window = "hour";
  #place = h("div", { class: "plots" });
  #message = h("p", { class: "note bad", role: "status", hidden: true });
  #plots = null;
  node;

  constructor() {
    const choices = WINDOWS.map((name) => h("label", { class: "choice" },
      h("input", { type: "radio", name: "window", value: name, checked: name === this.#window, onchange: () => { this.#window = name; this.load(); } }),
      h("span", {}, t(`desk.window.${name}`))));
    this.node = h("section", { class: "stack", "aria-labelledby": "plots-title" },
      h("div", { class: "head-line" }, h("h2", { id: "plots-title" }, t("desk.plots")), h("fieldset", { class: "choices" }, h("legend", { class: "unseen" }, t("desk.window")), choices)),
      this.#message, this.#place);
  }

  async load() {
    const asked = this.#window;
    try {
      const found = await askPage("/v1/desk/measurements", { window: asked });
      if (asked !== this.#window) return;
      this.#message.hidden = true;
      this.#draw(found);
    } catch (error) {
      if (error instanceof SessionEnded) throw error;
      this.#message.hidden = false;
      this.#message.textContent = explain(error);
    }
  }

  #draw(found) {
    // Whoever reads a plot's values is not interrupted by newer ones.
    if (this.#plots && this.#place.contains(document.activeElement)) return;
    const lines = new Map(found.items.map((line) => [line.name, line]));
    const refused = found.items.map((line) => line.name).filter((name) => name.startsWith(REFUSED));
    this.#plots = GROUPS.map(([name, members]) => {
      const own = (name === "refusals" ? refused : members).map((member) => lines.get(member)).filter(Boolean);
      const unit = own[0]?.unit ?? "per-minute";
      const shown = own.length ? own.map((line) => ({ label: labelOf(line.name), values: line.values })) : [{ label: t("desk.line.none"), values: found.items[0].values.map(() => null) }];
      return new Plot({ name, title: t(`desk.plot.${name}`), unit, lines: shown, startsAt: Date.parse(found.items[0].starts_at), step: found.items[0].step_seconds });
    });
    fill(this.#place, this.#plots.map((plot) => plot.node));
  }
}
