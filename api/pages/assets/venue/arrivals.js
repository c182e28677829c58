// Who checks in at this venue by its poster, as it happens. There was no code: staff look who is there.

import { announce, clockTime, fill, h, icon, Refusal, t } from "../kit.js";
import { eventsOf } from "../resident/eventstream.js";
import { sendAsScanner } from "./scanner.js";
import { holderWords } from "./verdict.js";

const KEPT = 20;
const SILENCE_MS = 60_000;
const WAIT_MS = 3000;
// A venue that may not see them does not ask all the time.
const REFUSED_WAIT_MS = 60_000;

/** The list of check-ins, fed by a stream while the station is online. */
export class Arrivals {
  #scanner;
  #station;
  #found = [];
  #last = null;
  #ending = new AbortController();
  #list = h("ol", { class: "rows" });
  node = h("section", { class: "card arrivals", "aria-labelledby": "arrivals-title", hidden: true },
    h("h2", { id: "arrivals-title" }, t("arrivals.title")), this.#list);

  constructor(scanner, station) {
    this.#scanner = scanner;
    this.#station = station;
  }

  async start() {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const wait = this.#station.online ? await this.#listen(signal) : WAIT_MS;
      await new Promise((resolve) => { setTimeout(resolve, wait); });
    }
  }

  stop() {
    this.#ending.abort();
  }

  // Hears the stream until it ends; answers how long to wait before the next.
  async #listen(signal) {
    const headers = this.#last ? { "Last-Event-ID": this.#last } : {};
    try {
      const response = await sendAsScanner("GET", "/v1/scans/stream", this.#scanner, { accept: "text/event-stream", headers, patience: 0, signal });
      for await (const event of eventsOf(response, SILENCE_MS)) this.#take(event);
    } catch (error) {
      if (error instanceof Refusal) return REFUSED_WAIT_MS;
    }
    return WAIT_MS;
  }

  #take({ type, data, id }) {
    if (id) this.#last = id;
    if (type !== "check-in" || this.#ending.signal.aborted) return;
    const arrival = JSON.parse(data);
    if (this.#found.some((one) => one.scan_id === arrival.scan_id)) return;
    this.#found = [arrival, ...this.#found].slice(0, KEPT);
    this.node.hidden = false;
    fill(this.#list, this.#found.map((one) => this.#row(one)));
    announce([t("arrivals.one"), ...holderWords(arrival).map(({ text }) => text)].join(t("list.comma")));
  }

  #row(arrival) {
    return h("li", { "data-arrival": arrival.scan_id },
      h("span", { class: "row-icon good" }, icon("person", 20)),
      h("div", { class: "row-body" }, h("h3", {}, t("arrivals.one")),
        holderWords(arrival).map(({ text }) => h("p", { class: "soft small" }, text)),
        (arrival.warnings ?? []).includes("check-person") && h("p", { class: "small arrival-warning" }, t("warning.check-person"))),
      h("time", { class: "soft small number", datetime: arrival.scanned_at }, clockTime(arrival.scanned_at)));
  }
}
