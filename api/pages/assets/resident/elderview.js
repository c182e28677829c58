// The elder view (长辈版): the code, large, three things to do with it, and the way to the licences.

import { h, icon, t } from "../kit.js";
import { CodeCard } from "./codeview.js";

/** The code's card, and beneath it the ways to the wallet and back. */
export class ElderView {
  #card;
  node;

  constructor({ onLock, onLeave }) {
    this.#card = new CodeCard({ onLock });
    this.node = h("div", { class: "elder" }, this.#card.node,
      h("div", { class: "elder-actions" },
        h("a", { class: "button quiet", href: "#/wallet" }, icon("wallet", 26), t("tab.wallet")),
        h("button", { type: "button", class: "button quiet", onclick: onLeave }, icon("undo", 26), t("elder.close"))));
  }

  start() { this.#card.start(); }

  stop() { this.#card.stop(); }

  refresh() { return this.#card.refresh(); }

  reload() { return this.#card.reload(); }
}
