// Requests for licences that wait for an answer: the dialog for one that has come, and a line above the views for the rest.

import { fill, h, icon, notice, serverNow, t } from "../../kit.js";
import { askAsResident, getSession, SessionEnded } from "../session.js";
import { explain } from "../words.js";
import { pathOf } from "./answering.js";
import { ConsentDialog, purposeWords } from "./consentdialog.js";
import { loadTypes } from "./types.js";

const isWaiting = (request) => request.state === "pending" && Date.parse(request.expires_at) > serverNow();

/** The place above the views; `load` asks again what there is, `open` asks the resident about one. */
export class Requests {
  #items = [];
  // What the resident was asked once is not put before them again, unless they come back to it.
  #asked = new Set();
  #dialog = null;
  #opening = null;
  #timer = null;
  node = h("div", { class: "alerts requests" });

  /** Reads which requests wait; the newest is asked about at once, unless something else is being asked. */
  async load() {
    const session = await getSession();
    // Who has not proven themself here has no wallet, and would only be refused.
    if (session?.assurance !== "verified") return;
    try {
      const { items } = await askAsResident("GET", "/v1/me/presentations");
      this.#items = items.filter(isWaiting);
      this.draw();
      const fresh = this.#items.find((one) => !this.#asked.has(one.id));
      if (fresh && !document.querySelector("dialog[open]")) await this.open(fresh.id);
    } catch (error) {
      // Without an answer nothing is known: what was shown stays, and time takes it away.
      if (error instanceof SessionEnded) this.clear();
    }
  }

  /** Whether the resident is being asked, or has just answered: what is told meanwhile is what they agreed to. */
  get isAsking() {
    return this.#dialog !== null;
  }

  clear() {
    this.#items = [];
    this.#asked.clear();
    clearTimeout(this.#timer);
    this.node.replaceChildren();
  }

  draw() {
    clearTimeout(this.#timer);
    this.#items = this.#items.filter(isWaiting);
    fill(this.node, this.#items.map((one) => this.#line(one)));
    const soonest = Math.min(...this.#items.map((one) => Date.parse(one.expires_at)));
    if (this.#items.length) this.#timer = setTimeout(() => this.draw(), Math.max(500, soonest - serverNow() + 500));
  }

  #line(request) {
    const title = t("ask.title", { venue: request.venue.name });
    return h("section", { class: "alert asking", "data-request": request.id, "aria-label": title },
      h("span", { class: "row-icon" }, icon("wallet", 22)),
      h("div", { class: "row-body" }, h("h2", {}, title), h("p", { class: "small" }, purposeWords(request))),
      h("div", { class: "banner-actions" }, h("button", { type: "button", class: "button small", onclick: () => this.open(request.id) }, t("ask.open"))));
  }

  /** Asks about the request of this id: at this first look one that was open to anybody becomes the resident's. */
  open(id) {
    return this.#ask(id, () => askAsResident("GET", pathOf(id)));
  }

  /** Takes the request of a verifier elsewhere, and asks about it. */
  receive(foreign) {
    return this.#ask(foreign.request_uri, () => askAsResident("POST", pathOf("openid4vp"), { json: foreign }));
  }

  async #ask(name, read) {
    if (this.#dialog || this.#opening === name) return;
    this.#opening = name;
    try {
      const [request] = await Promise.all([read(), loadTypes()]);
      if (this.#dialog) return;
      this.#asked.add(request.id);
      this.#dialog = new ConsentDialog(request, () => this.#finish(request.id));
      this.#dialog.show();
    } catch (error) {
      if (error instanceof SessionEnded) return;
      await notice(t("problem.title"), error.status === 404 ? t("ask.gone") : explain(error));
    } finally {
      this.#opening = null;
    }
  }

  async #finish(id) {
    this.#dialog = null;
    if (location.hash.toLowerCase().endsWith(`/p/${id}`)) history.replaceState(null, "", "#/wallet");
    await this.load();
  }
}
