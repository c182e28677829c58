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
  #afterwards;
  #shift = null;
  #required = false;
  #warnings = [];
  node = h("section", { class: "shift", hidden: true });

  constructor(scanner, afterwards) {
    this.#scanner = scanner;
    this.#afterwards = afterwards;
    this.node.setAttribute("aria-label", t("shift.title"));
  }

  /** Asks the server who is signed in; says nothing where it cannot be reached. */
  async load() {
    try {
      const { shift, requires_shift: required, warnings } = await askAsScanner("GET", "/v1/scanner", this.#scanner);
      this.#shift = shift;
      this.#required = required;
      this.#warnings = warnings;
      this.#draw();
    } catch {
      // The first scan will say what is wrong.
    }
  }

  #draw() {
    this.node.hidden = false;
    this.node.dataset.state = this.#shift ? "open" : this.#required ? "required" : "none";
    const words = this.#shift
      ? t("shift.open", { number: this.#shift.number, staff: this.#shift.staff, time: clockTime(this.#shift.ends_at).slice(0, 5) })
      : t(this.#required ? "shift.required" : "shift.none");
    const action = this.#shift
      ? h("button", { type: "button", class: "button quiet small", onclick: () => this.signOut() }, t("shift.leave"))
      : h("button", { type: "button", class: this.#required ? "button small" : "button quiet small", onclick: () => this.signIn() }, t("shift.enter"));
    fill(this.node, icon("person", 20), h("p", { class: "shift-words" }, words), action,
      this.#warnings.includes("credential-ends-soon") && h("p", { class: "shift-warning small" }, icon("clock", 18), t("warning.credential-ends-soon")));
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
      await this.load();
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
