// The verdict: a panel that is read from two metres by its colour, its shape and its words.

import { announce, fill, h, has, icon, s, t } from "../kit.js";
import { wordsFor } from "./checking.js";
import { licenceWords } from "./licencecard.js";

// Each outcome has its own outline, so that it is told apart without its colour.
const SHAPES = {
  accepted: () => [s("circle", { cx: 50, cy: 50, r: 44, class: "shape" }), s("path", { d: "m30 52 14 14 27-30", class: "sign" })],
  refused: () => [s("path", { d: "M32 6h36l26 26v36L68 94H32L6 68V32Z", class: "shape" }), s("path", { d: "m34 34 32 32M66 34 34 66", class: "sign" })],
  unchecked: () => [s("path", { d: "M50 9 95 89H5Z", class: "shape" }), s("path", { d: "M50 38v24M50 74v1", class: "sign" })],
};

function shape(outcome) {
  return s("svg", { class: "verdict-shape", viewBox: "0 0 100 100", "aria-hidden": "true" }, SHAPES[outcome]());
}

// The words for a key, or the bare name where a newer server knows one that this page does not.
const worded = (key, name) => (has(key) ? t(key) : name);

/** Whose code it is: the holder's own, a relative's, or a company's, by what authority; a line each. */
export function holderWords({ kind, holder, form }) {
  const { masked_name: name, organisation } = holder ?? {};
  const made = form === "paper" && t("venue.form.paper");
  return [
    { class: "verdict-holder", text: [name, kind && worded(`venue.kind.${kind}`, kind), made].filter(Boolean).join(" · ") },
    { class: "verdict-organisation", text: organisation?.name },
    { class: "verdict-authority", text: organisation && t("venue.enterprise", { authority: authorityOf(organisation) }) },
    { class: "verdict-authority", text: kind === "care" && t("venue.care") },
  ].filter(({ text }) => text);
}

function authorityOf({ authority, scopes = [] }) {
  return [worded(`venue.authority.${authority}`, authority), scopes.map((scope) => worded(`venue.scope.${scope}`, scope)).join(t("list.comma"))].filter(Boolean).join(" · ");
}

function accepted({ scan }) {
  const about = holderWords(scan);
  const warnings = (scan.warnings ?? []).map((slug) => ({ slug, words: worded(`warning.${slug}`, slug) }));
  return {
    words: [about.map(({ class: name, text }) => h("p", { class: name }, text)),
      warnings.map(({ slug, words }) => h("p", { class: "verdict-warning", "data-warning": slug }, icon("alert", 28), h("span", {}, words)))],
    spoken: [...about.map(({ text }) => text), ...warnings.map(({ words }) => words)],
  };
}

function otherwise(result) {
  const { title, next } = wordsFor(result);
  return { words: [h("p", { class: "verdict-title" }, title), h("p", { class: "verdict-next" }, next)], spoken: [title, next] };
}

/** The panel's place in the page. */
export class Verdict {
  node = h("section", { class: "verdict", "data-outcome": "ready" });
  /** The kinds of licences, for what they are called. */
  licences = null;

  constructor(label) {
    this.node.setAttribute("aria-label", label);
  }

  ready() {
    this.node.removeAttribute("data-licence");
    this.node.dataset.outcome = "ready";
    fill(this.node, icon("scan", 96), h("p", { class: "verdict-word" }, t("venue.ready")), h("p", { class: "verdict-next" }, t("venue.ready.lead")));
  }

  busy(words) {
    this.node.removeAttribute("data-licence");
    this.node.dataset.outcome = "busy";
    fill(this.node, h("span", { class: "spinner", "aria-hidden": "true" }), h("p", { class: "verdict-title" }, words));
    announce(words);
  }

  /** Whether it shows what a licence says. */
  get tells() {
    return this.node.hasAttribute("data-licence");
  }

  /** Brings the panel into view: on a phone, what asks for a licence is below it. */
  reveal() {
    this.node.scrollIntoView({ block: "nearest" });
  }

  #wordsOf(result) {
    if (result.licences) return licenceWords(result, this.licences);
    return result.outcome === "accepted" ? accepted(result) : otherwise(result);
  }

  show(result, actions) {
    const { words, spoken } = this.#wordsOf(result);
    const word = t(`venue.result.${result.outcome}`);
    this.node.dataset.outcome = result.outcome;
    this.node.toggleAttribute("data-licence", Boolean(result.licences));
    if (result.slug) this.node.dataset.slug = result.slug;
    else delete this.node.dataset.slug;
    this.node.dataset.offline = Boolean(result.offline);
    fill(this.node, shape(result.outcome), h("p", { class: "verdict-word" }, word), words, h("div", { class: "verdict-actions" }, actions));
    if (this.tells) this.reveal();
    announce([word, ...spoken].filter(Boolean).join("。"), true);
  }
}
