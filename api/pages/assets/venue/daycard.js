// Today's scans: how many by hour, and the latest of them. Nothing here is about whoever was scanned.

import { clockTime, fill, h, icon, s, t } from "../kit.js";
import { explain } from "../resident/words.js";
import { manage } from "./managing.js";

const WIDTH = 336;
const HEIGHT = 140;
const FOOT = 22;
const HEAD = 16;

// Bars by hour, for those who see them; the sentence above them is for everybody.
function plot(hours) {
  const counts = Array.from({ length: 24 }, (_, hour) => {
    const found = hours.find((one) => one.hour === hour);
    return (found?.accepted ?? 0) + (found?.annulled ?? 0);
  });
  const most = Math.max(1, ...counts);
  const slot = WIDTH / 24;
  const bars = counts.map((count, hour) => {
    const height = (count / most) * (HEIGHT - FOOT - HEAD);
    return s("g", {},
      s("rect", { class: "plot-bar", x: hour * slot + 2, y: HEIGHT - FOOT - height, width: slot - 4, height, rx: 2 }),
      count > 0 && s("text", { class: "plot-count", x: hour * slot + slot / 2, y: HEIGHT - FOOT - height - 4 }, count));
  });
  const labels = [0, 6, 12, 18].map((hour) => s("text", { class: "plot-hour", x: hour * slot + slot / 2, y: HEIGHT - 6 }, `${hour}:00`));
  return s("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    s("line", { class: "plot-line", x1: 0, x2: WIDTH, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT }), bars, labels);
}

const ICONS = { accepted: ["check", "good"], annulled: ["undo", "warn"], conflict: ["alert", "bad"], revoked: ["cross", "bad"] };

function row(scan) {
  const who = scan.staff && t("day.staff", { number: scan.staff_number ?? "", staff: scan.staff });
  const how = [scan.form !== "dynamic" && t(`venue.form.${scan.form}`), scan.offline && t("day.offline")];
  const [name, tone] = ICONS[scan.outcome] ?? ICONS.annulled;
  return h("li", { "data-outcome": scan.outcome },
    h("span", { class: `row-icon ${tone}` }, icon(name, 20)),
    h("div", { class: "row-body" }, h("h3", {}, t(`outcome.${scan.outcome}`)),
      h("p", { class: "soft small" }, [scan.scanner, who, ...how].filter(Boolean).join(" · ")),
      scan.used_again_at && h("p", { class: "small day-again" }, icon("alert", 18), h("span", {}, t("day.again", { at: clockTime(scan.used_again_at) })))),
    h("time", { class: "soft small number", datetime: scan.at }, clockTime(scan.at)));
}

/** The card of one venue's day. */
export class DayCard {
  #venue;
  #body = h("div", { class: "stack" }, h("p", { class: "soft" }, t("list.loading")));
  node = h("section", { class: "card stack day", "aria-labelledby": "day-title" });

  constructor(venue) {
    this.#venue = venue;
    fill(this.node, h("div", { class: "card-head" }, h("h2", { id: "day-title" }, t("day.title")),
      h("button", { type: "button", class: "plain accent", onclick: () => this.load() }, icon("refresh", 20), t("day.refresh"))), this.#body);
  }

  async load() {
    try {
      const path = `/v1/venues/${this.#venue.id}/scans`;
      const [day, { items }] = [await manage("GET", `${path}/counts`), await manage("GET", `${path}?limit=20`)];
      const accepted = day.hours.reduce((sum, one) => sum + one.accepted, 0);
      const annulled = day.hours.reduce((sum, one) => sum + one.annulled, 0);
      const refused = day.refusals.reduce((sum, one) => sum + one.count, 0);
      fill(this.#body, h("p", { class: "day-sum" }, t("day.sum", { accepted, annulled, refused })), plot(day.hours),
        items.length ? h("ol", { class: "rows" }, items.map(row)) : h("p", { class: "soft small" }, t("day.none")));
    } catch (error) {
      fill(this.#body, h("p", { class: "note bad" }, explain(error)));
    }
  }
}
