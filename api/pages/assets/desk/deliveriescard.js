// What became of pushes in the last days: by channel and end, and by topic for whoever sends of one.
// It is drawn once and then kept up to date, so that what somebody opened or chose stays.

import { fill, h, t } from "../kit.js";
import { amount, day } from "./format.js";
import { empty, explain, table } from "./parts.js";
import { askPage, SessionEnded } from "./session.js";

const EVERY_MS = 60_000;
const CHANNELS = ["apns", "fcm", "wechat", "alipay", "inbox"];
const ENDS = ["accepted", "sent", "refused", "expired", "withheld", "opened"];

/** What some counts come to, as the cells of a row; nothing is known of what was too little to be told. */
function sums(counts) {
  return ENDS.map((end) => {
    const found = counts.filter((one) => one.state === end);
    return found.length ? amount(found.reduce((sum, one) => sum + one.total, 0)) : h("span", { class: "nothing" }, "–");
  });
}

/** A row for each channel on which something came to an end. */
function channelRows(counts, head = () => []) {
  return CHANNELS.map((channel) => [channel, counts.filter((one) => one.channel === channel)]).filter(([, own]) => own.length)
    .map(([channel, own]) => [...head(), t(`desk.channel.${channel}`), ...sums(own)]);
}

/** The card; it asks by itself from `start` to `stop`. */
export class DeliveriesCard {
  #timer = null;
  #counts = [];
  #known = "";
  #days = h("select", { class: "input", "aria-label": t("desk.deliveries.days"), onchange: () => this.#draw() });
  #message = h("p", { class: "note bad", role: "status", hidden: true });
  #totals = h("div", {});
  #topics = h("div", {});
  #details = h("details", { hidden: true }, h("summary", {}, t("desk.deliveries.topics")), this.#topics);
  node = h("section", { class: "stack deliveries", "data-deliveries": true },
    h("div", { class: "head-line" }, h("h2", {}, t("desk.deliveries")), this.#days),
    h("p", { class: "soft small" }, t("desk.deliveries.lead")), this.#message, this.#totals, this.#details);

  start() {
    this.#load();
    this.#timer = setInterval(() => this.#load(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #load() {
    let found;
    try {
      found = await askPage("/v1/desk/deliveries");
    } catch (error) {
      if (error instanceof SessionEnded) return;
      this.#message.hidden = false;
      this.#message.textContent = explain(error);
      return;
    }
    this.#message.hidden = true;
    const told = JSON.stringify(found.items);
    if (told === this.#known) return;
    this.#known = told;
    this.#counts = found.items;
    this.#offerDays();
    this.#draw();
  }

  /** Those of which something is known, and all together; what was chosen stays chosen while it is there. */
  #offerDays() {
    const chosen = this.#days.value;
    const days = [...new Set(this.#counts.map((one) => one.day))];
    fill(this.#days, h("option", { value: "" }, t("desk.deliveries.all")), days.map((one) => h("option", { value: one }, day(one))));
    this.#days.value = days.includes(chosen) ? chosen : "";
  }

  #draw() {
    const counts = this.#counts.filter((one) => !this.#days.value || one.day === this.#days.value);
    const ends = ENDS.map((end) => t(`desk.deliveries.${end}`));
    const channel = t("desk.channel");
    fill(this.#totals, counts.length ? table(t("desk.deliveries"), [channel, ...ends], channelRows(counts)) : empty(t("desk.deliveries.none")));
    const topics = new Map(counts.map((one) => [one.topic, one.topic_title]));
    const rows = [...topics].sort().flatMap(([topic, title]) => channelRows(counts.filter((one) => one.topic === topic), () => [title]));
    fill(this.#topics, table(t("desk.deliveries.topics"), [t("desk.deliveries.topic"), channel, ...ends], rows));
    this.#details.hidden = !counts.length;
  }
}
