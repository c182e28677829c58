// Who is signed in on this scanner, and the way to sign in and out.

import { announce, clockTime, fill, h, icon, notice, question, t } from "../kit.js";
import { wordsFor } from "./checking.js";
import { askAsScanner } from "./scanner.js";

function entry(id, label, attributes) {
  return h("label", { class: "field" }, h("span", { class: "field-label" }, label),
    h("input", { class: "input number", name: id, required: true, autocomplete: "off", ...attributes }));
}

/** The line that says who is signed in; `afterwards` gives the focus back to the desk. */
export class ShiftBar {
  #scanner;
  #station;
  #afterwards;
  #drawn = null;
  node = h("section", { class: "shift", hidden: true });

  constructor(scanner, station, afterwards) {
    this.#scanner = scanner;
    this.#station = station;
    this.#afterwards = afterwards;
    this.node.setAttribute("aria-label", t("shift.title"));
  }

  /** Draws who is signed in, as the server said last; nothing before it has. */
  draw() {
    // Drawn anew without a reason, its button would lose the focus.
    if (!this.#station.seen || this.#drawn === this.#station.seen) return;
    this.#drawn = this.#station.seen;
    const { shift, requires_shift: required, warnings } = this.#station.seen;
    this.node.hidden = false;
    this.node.dataset.state = shift ? "open" : required ? "required" : "none";
    const words = shift
      ? t("shift.open", { number: shift.number, staff: shift.staff, time: clockTime(shift.ends_at).slice(0, 5) })
      : t(required ? "shift.required" : "shift.none");
    const action = shift
      ? h("button", { type: "button", class: "button quiet small", onclick: () => this.signOut() }, t("shift.leave"))
      : h("button", { type: "button", class: required ? "button small" : "button quiet small", onclick: () => this.signIn() }, t("shift.enter"));
    fill(this.node, icon("person", 20), h("p", { class: "shift-words" }, words), action,
      warnings.includes("credential-ends-soon") && h("p", { class: "shift-warning small" }, icon("clock", 18), t("warning.credential-ends-soon")));
  }

  /** Asks for number and PIN, and signs in; whoever mistyped is asked again, with the number that they gave. */
  async signIn(number = "") {
    const answer = await question({
      title: t("shift.enter.title"), text: t("shift.enter.text"), confirm: t("shift.enter"),
      fields: [entry("number", t("shift.number"), { value: number, maxlength: 12, pattern: "[0-9A-Za-z]{1,12}" }),
        entry("pin", t("shift.pin"), { autofocus: number !== "", type: "password", inputmode: "numeric", maxlength: 6, pattern: "[0-9]{6}" })],
    });
    const refused = answer && await this.#send("POST", "/v1/scanner/shifts", { json: { number: answer.number, pin: answer.pin } });
    if (refused === "pin-wrong") await this.signIn(answer.number);
    else this.#afterwards();
  }

  /** Signs out whoever is signed in. */
  async signOut() {
    await this.#send("DELETE", "/v1/scanner/shifts/current");
    this.#afterwards();
  }

  // Returns the slug of a refusal, which was said.
  async #send(method, path, options) {
    try {
      await askAsScanner(method, path, this.#scanner, options);
      await this.#station.describe();
      announce(this.node.querySelector(".shift-words").textContent);
      return null;
    } catch (error) {
      const slug = error.slug ?? "unreachable";
      const { title, next } = wordsFor({ slug, error });
      await notice(title, next);
      return slug;
    }
  }
}
