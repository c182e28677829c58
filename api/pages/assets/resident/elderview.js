// The elder view (长辈版): the code, large, what to do with it, and the ways to the licences and to who looked.

import { h, icon, t } from "../kit.js";
import { CodeCard } from "./codeview.js";

/** The code's card, and beneath it the ways to the wallet and to who looked. */
export class ElderView {
  #card;
  node;

  constructor({ onLock }) {
    this.#card = new CodeCard({ onLock });
    this.node = h("div", { class: "elder" }, this.#card.node,
      h("div", { class: "elder-actions" },
        h("a", { class: "button quiet", href: "#/wallet" }, icon("wallet", 26), t("tab.wallet")),
        h("a", { class: "button quiet", href: "#/accesses" }, icon("eye", 26), t("elder.accesses"))));
  }

  start() { this.#card.start(); }

  stop() { this.#card.stop(); }

  refresh() { return this.#card.refresh(); }

  reload() { return this.#card.reload(); }
}
