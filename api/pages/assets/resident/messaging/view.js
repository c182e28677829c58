// The settings of messages: where they are pushed, which, when not, and in which language. Each change is kept at once.

import { announce, fill, h, notice, t } from "../../kit.js";
import { partHead, showFailure, showLoading } from "../part.js";
import { SessionEnded } from "../session.js";
import { explain } from "../words.js";
import { Choices } from "./choices.js";
import { HeardCard } from "./heardcard.js";
import { LooksCard } from "./lookscard.js";
import { PlacesCard } from "./placescard.js";
import { QuietCard } from "./quietcard.js";

/** The view of the settings of messages; `setElder` turns the elder view on or off here. */
export class NoticesView {
  #choices = new Choices();
  #places = new PlacesCard();
  #cards;
  #chosen = h("div", { class: "stack" });
  node = h("div", { class: "stack" }, partHead(t("notices.title"), t("notices.lead")), this.#places.node, this.#chosen);

  constructor({ setElder }) {
    const save = (saving) => this.#save(saving);
    this.#cards = [new HeardCard(this.#choices, save), new QuietCard(this.#choices, save), new LooksCard(this.#choices, save, setElder)];
  }

  start() {
    this.#places.start();
    this.#load();
  }

  stop() {}

  update() {}

  async #load() {
    showLoading(this.#chosen);
    try {
      await this.#choices.load();
    } catch (error) {
      showFailure(this.#chosen, error);
      return;
    }
    this.#places.showConsents(this.#choices.held.consents);
    this.#draw();
    fill(this.#chosen, this.#cards.map((card) => card.node));
  }

  #draw() {
    for (const card of this.#cards) card.draw();
  }

  /** Whether it was kept; what was not is shown as it is kept. */
  async #save(saving) {
    try {
      await saving;
      announce(t("notices.saved"));
      this.#cards[2].draw();
      return true;
    } catch (error) {
      if (error instanceof SessionEnded) return false;
      this.#draw();
      await notice(t("problem.title"), explain(error));
      return false;
    }
  }
}
