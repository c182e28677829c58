// The overview: alarms first, then how each part stands, then the plots.

import { announce, clockTime, fill, h, icon, t } from "../kit.js";
import { amount, span } from "./format.js";
import { explain, state } from "./parts.js";
import { Plots } from "./plots.js";
import { askAsStaff, SessionEnded } from "./session.js";

const EVERY_MS = 10_000;
const PLOTS_EVERY_MS = 60_000;
const SILENT_SECONDS = 120;

function alarmRow(alarm) {
  return h("li", { class: `alarm ${alarm.severity}`, "data-alarm": alarm.slug }, icon("alert", 20),
    h("div", {}, h("strong", {}, t(`desk.severity.${alarm.severity}`)), " ", h("span", {}, alarm.words)), h("code", { class: "tiny" }, alarm.slug));
}

function tile(name, value, note, tone, link) {
  return h("a", { class: `tile ${tone}`, href: link, "data-tile": name },
    h("span", { class: "tile-name" }, t(`desk.tile.${name}`)), h("strong", { class: "tile-value number" }, value), h("span", { class: "tile-note soft tiny" }, note));
}

function upOrAway(answering) {
  return answering ? t("desk.up") : t("desk.away");
}

/** The tiles of what runs. */
function runningTiles(seen) {
  const alive = seen.workers.filter((one) => !one.stopped_at && one.seen_seconds <= SILENT_SECONDS);
  const waiting = seen.outbox.reduce((sum, one) => sum + one.waiting, 0);
  const oldest = Math.max(0, ...seen.outbox.map((one) => one.oldest_seconds));
  const lost = seen.outbox.reduce((sum, one) => sum + one.lost_today, 0);
  return [
    tile("database", upOrAway(seen.database.answering), seen.database.migrations ?? "", seen.database.answering ? "good" : "bad", "#/system"),
    tile("valkey", upOrAway(seen.valkey.answering), seen.valkey.answering ? "" : t("desk.valkey.away"), seen.valkey.answering ? "good" : "warn", "#/system"),
    tile("workers", amount(alive.length), alive.length ? t("desk.heard", { span: span(Math.min(...alive.map((one) => one.seen_seconds))) }) : t("desk.workers.none"), alive.length ? "good" : "bad", "#/system"),
    tile("outbox", amount(waiting), t("desk.outbox.note", { oldest: span(oldest), lost: amount(lost) }), oldest > 60 ? "warn" : "good", "#/system"),
  ];
}

/** The tiles of keys, lists and logs. */
function signingTiles(seen) {
  const newest = {};
  for (const key of seen.keys) newest[key.use] = Math.max(newest[key.use] ?? 0, key.days_left);
  const least = Math.min(...Object.values(newest));
  const hours = seen.trust_list.seconds_left;
  const age = seen.audit?.age_seconds;
  return [
    tile("keys", span(least * 86_400), t("desk.keys.note"), least < 7 ? "warn" : "good", "#/system"),
    tile("trust", span(hours), t("desk.trust.note", { sequence: seen.trust_list.sequence }), hours < 6 * 3600 ? "bad" : "good", "#/system"),
    tile("audit", age === undefined || age === null ? "–" : span(age), t("desk.audit.note", { waiting: amount(seen.audit?.waiting ?? 0) }), age > 300 ? "bad" : "good", "#/system"),
  ];
}

/** The tiles of what waits for somebody here. */
function waitingTiles(seen) {
  const items = [["venues", seen.venues_waiting, "#/venues"], ["disputes", seen.disputes_open, "#/disputes"], ["proposals", seen.proposals_waiting, "#/proposals"]];
  return items.map(([name, count, link]) => tile(name, count === null ? "–" : amount(count), count ? t("desk.todo") : t("desk.todo.none"), count ? "todo" : "quiet", link));
}

/** The view. */
export class Overview {
  #alarms = h("div", { class: "alarms" });
  #tiles = h("div", { class: "tiles" });
  #at = h("p", { class: "soft tiny number" });
  #plots = new Plots();
  #said = "";
  #timers = [];
  node = h("div", { class: "view stack", "data-view": "overview" },
    h("div", { class: "view-head head-line" }, h("h1", { tabindex: "-1" }, t("desk.tab.overview")), this.#at),
    this.#alarms, this.#tiles, this.#plots.node);

  start() {
    this.#load();
    this.#loadPlots();
    this.#timers = [setInterval(() => this.#load(), EVERY_MS), setInterval(() => this.#loadPlots(), PLOTS_EVERY_MS)];
  }

  stop() {
    this.#timers.forEach(clearInterval);
  }

  #loadPlots() {
    this.#plots.load().catch(() => {});
  }

  async #load() {
    let seen;
    try {
      seen = await askAsStaff("GET", "/v1/desk/overview");
    } catch (error) {
      if (!(error instanceof SessionEnded)) fill(this.#alarms, h("ul", {}, alarmRow({ slug: "server-away", severity: "critical", words: explain(error) })));
      return;
    }
    this.#show(seen);
  }

  #show(seen) {
    this.#at.textContent = t("desk.at", { time: clockTime(seen.at) });
    const words = seen.alarms.map((alarm) => alarm.slug + alarm.subject).join();
    if (words !== this.#said && seen.alarms.length) announce(seen.alarms.map((alarm) => alarm.words).join(" "), true);
    this.#said = words;
    fill(this.#alarms, seen.alarms.length ? h("ul", {}, seen.alarms.map(alarmRow)) : h("p", { class: "all-well" }, state("good", t("desk.alarms.none"))));
    const focused = document.activeElement?.dataset.tile;
    fill(this.#tiles, waitingTiles(seen), runningTiles(seen), signingTiles(seen));
    if (focused) this.#tiles.querySelector(`[data-tile="${focused}"]`)?.focus();
  }
}
