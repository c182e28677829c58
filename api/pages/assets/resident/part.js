// What the parts of the account have in common: a head with the way back, states of reading, and rows.

import { fill, h, icon, t } from "../kit.js";
import { SessionEnded } from "./session.js";
import { explain } from "./words.js";

function wayBack({ toCode, toWallet }) {
  if (toWallet) return ["#/wallet", t("licence.back")];
  // The elder view has the code alone to go back to.
  return toCode || document.documentElement.dataset.view === "elder" ? ["#/code", t("me.back.code")] : ["#/account", t("me.back")];
}

/** The way back, to the account unless `toCode` or `toWallet`. */
export function backLink(places = {}) {
  const [address, words] = wayBack(places);
  return h("a", { class: "plain back", href: address }, icon("chevron", 18), words);
}

/** The head of one part of the account, with the way back. */
export function partHead(title, lead, places = {}) {
  return h("div", { class: "head" }, backLink(places),
    h("h1", { tabindex: "-1" }, title), lead && h("p", { class: "soft small" }, lead));
}

/** Says in `node` that something is being read. */
export function showLoading(node) {
  fill(node, h("p", { class: "soft small" }, t("list.loading")));
}

/** Says in `node` what went wrong, unless the session is over: the login page says that. */
export function showFailure(node, error) {
  if (!(error instanceof SessionEnded)) fill(node, h("p", { class: "note warn small", role: "alert" }, icon("offline", 20), explain(error)));
}

/** A labelled input. */
export function field(label, input, hint) {
  const hintId = `${input.id}-hint`;
  if (hint) input.setAttribute("aria-describedby", hintId);
  return h("div", { class: "field" }, h("label", { class: "field-label", for: input.id }, label), input,
    hint && h("p", { class: "soft tiny", id: hintId }, hint));
}
