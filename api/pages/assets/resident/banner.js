// The banner that tells of a scan the moment it happened, with the way out if it was not the resident.

import { announce, clockTime, fill, h, icon, t } from "../kit.js";

/** Which code was used, where it was not simply the resident's own on the phone; null otherwise. */
export function codeTags({ data }) {
  const kind = data?.kind && data.kind !== "personal" && t(`code.title.${data.kind}`);
  const form = data?.form && data.form !== "dynamic" && t(`form.${data.form}`);
  const tags = [kind, form].filter(Boolean).map((words) => h("span", { class: "tag" }, words));
  return tags.length ? h("p", { class: "tags" }, tags) : null;
}

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
    const title = venue && message.topic === "code.scanned" ? t("banner.scanned", { venue }) : message.title;
    const at = t("banner.at", { time: clockTime(message.data?.at ?? message.created_at) });
    fill(this.node, h("section", { class: "banner", "aria-label": title },
      h("span", { class: "row-icon" }, icon("scan", 22)),
      h("div", { class: "row-body" },
        h("p", { class: "banner-title" }, title),
        h("p", { class: "small soft number" }, at), codeTags(message),
        message.topic !== "code.scanned" && h("p", { class: "small" }, message.body)),
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
