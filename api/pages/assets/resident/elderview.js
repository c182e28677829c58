// The elder view (长辈版): the code, large, what to do with it, and the ways to messages, licences and who looked.

import { fill, h, icon, t } from "../kit.js";
import { CodeCard } from "./codeview.js";

/** The code's card, and beneath it the ways to the messages, to the wallet and to who looked. */
export class ElderView {
  #card;
  #inbox;
  #messages = h("a", { class: "button quiet elder-messages", href: "#/messages" });
  node;

  constructor({ onLock, inbox }) {
    this.#card = new CodeCard({ onLock });
    this.#inbox = inbox;
    this.node = h("div", { class: "elder" }, this.#card.node,
      h("div", { class: "elder-actions" }, this.#messages,
        h("a", { class: "button quiet", href: "#/wallet" }, icon("wallet", 26), t("tab.wallet")),
        h("a", { class: "button quiet", href: "#/accesses" }, icon("eye", 26), t("elder.accesses"))));
  }

  start() {
    this.#card.start();
    this.update();
  }

  stop() { this.#card.stop(); }

  refresh() { return this.#card.refresh(); }

  reload() { return this.#card.reload(); }

  /** Says how many messages are new. */
  update() {
    const { unread, isMore } = this.#inbox;
    const count = `${unread}${isMore ? "+" : ""}`;
    fill(this.#messages, icon("message", 26), t("tab.messages"),
      unread > 0 && h("span", { class: "elder-unread number" }, h("span", { "aria-hidden": "true" }, count), h("span", { class: "unseen" }, t("tabs.unseen", { count }))));
  }
}
