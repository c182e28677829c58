// The banner that tells of a scan the moment it happened, with the way out if it was not the resident.

import { announce, clockTime, fill, h, icon, t } from "../kit.js";

/** The place where a scan is told; `onLock` asks and locks. */
export class Banner {
  #onLock;
  #message = null;
  node = h("div", { class: "banner-place" });

  constructor(onLock) {
    this.#onLock = onLock;
  }

  /** Shows a message, in place of the one before. It stays until it is dismissed: nobody can be hurried here. */
  show(message) {
    this.#message = message;
    const venue = message.data?.venue_name;
    const title = venue ? t("banner.scanned", { venue }) : message.title;
    const at = t("banner.at", { time: clockTime(message.data?.at ?? message.created_at) });
    fill(this.node, h("section", { class: "banner", "aria-label": title },
      h("span", { class: "row-icon" }, icon("scan", 22)),
      h("div", { class: "row-body" },
        h("p", { class: "banner-title" }, title),
        h("p", { class: "small soft number" }, at)),
      h("div", { class: "banner-actions" },
        h("button", { type: "button", class: "button danger small", onclick: this.#onLock }, icon("lock", 18), t("banner.lock")),
        h("button", { type: "button", class: "button quiet small", onclick: () => this.clear() }, t("banner.mine")))));
    announce(`${title} ${at}`, true);
  }

  clear() {
    this.#message = null;
    this.node.replaceChildren();
  }

  /** The message shown, or null. */
  get message() {
    return this.#message;
  }
}
