// The switch above the code: whose it is. There is none where there is only one's own.

import { fill, h, t } from "../kit.js";
import { KINDS, MINE, nameOf } from "./subjects.js";

/** Calls `onChoice(subject)` when another is chosen; `offer` says which there are. */
export class KindSwitch {
  #onChoice;
  #subjects = [MINE];
  #chosen = MINE;
  #label;
  node = h("div", { class: "kind-switch", hidden: true });

  constructor(onChoice, label = "kind.whose") {
    this.#onChoice = onChoice;
    this.#label = label;
  }

  offer(subjects, chosen) {
    this.#subjects = subjects;
    this.#chosen = chosen;
    this.#draw();
  }

  #of(kind) {
    return this.#subjects.filter((one) => one.kind === kind);
  }

  #draw() {
    const kinds = KINDS.filter((kind) => this.#of(kind).length);
    this.node.hidden = kinds.length < 2;
    fill(this.node, !this.node.hidden && [
      h("div", { class: "kinds", role: "group", "aria-label": t(this.#label) }, kinds.map((kind) => this.#button(kind))),
      this.#picker()]);
  }

  #button(kind) {
    const isOn = kind === this.#chosen.kind;
    return h("button", { type: "button", class: "kind", "data-kind": kind, "aria-pressed": String(isOn), onclick: () => { if (!isOn) this.#choose(this.#of(kind)[0]); } }, t(`kind.${kind}`));
  }

  // Several companies or relatives: the browser's own list, large enough for every finger and known to every reader.
  #picker() {
    const others = this.#of(this.#chosen.kind);
    if (others.length < 2) return null;
    const options = others.map((one) => h("option", { value: one.id, selected: one.id === this.#chosen.id }, one.name));
    return h("select", { class: "input", "aria-label": t(`kind.which.${this.#chosen.kind}`), onchange: (event) => this.#choose(others.find((one) => one.id === event.target.value)) }, options);
  }

  #choose(subject) {
    this.#chosen = subject;
    this.#draw();
    this.node.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
    this.#onChoice(subject);
  }

  /** Whether it offers this subject still. */
  has(subject) {
    return this.#subjects.some((one) => nameOf(one) === nameOf(subject));
  }
}
