// The parts of a province that its card and its view both show.

import { h, icon, t } from "../../kit.js";
import { spoken } from "./destinations.js";

const named = (things) => things.map((one) => spoken(one.name)).join(t("roaming.comma"));
const dial = (number) => `tel:${number.replaceAll(" ", "")}`;

/** Numbers to call: whoever is in danger must not look for them. */
export function numberLinks(numbers) {
  return h("ul", { class: "numbers", "aria-label": t("roaming.numbers") }, numbers.map((one) => h("li", {},
    h("a", { class: `number-link ${one.kind}`, href: dial(one.number) },
      h("strong", { class: "number" }, one.number), h("span", { class: "tiny" }, spoken(one.name))))));
}

/** What the province's own app is called, where that is known. */
export function appLine(found) {
  if (!found.super_app) return null;
  return h("p", { class: "roaming-app" }, icon("device", 20), h("span", {}, t("roaming.app", { app: spoken(found.super_app), province: spoken(found.name) })));
}

/** Whose word the offer is, where it is not the province's own. */
export function sourceNote(found) {
  if (found.source === "demo") return h("p", { class: "soft tiny" }, h("span", { class: "tag warn" }, t("roaming.demo")), " ", t("roaming.demo.lead"));
  return found.source === "none" ? h("p", { class: "soft small" }, t("roaming.none", { province: spoken(found.name) })) : null;
}

/** The province's services: each with what it is for, or their names alone. */
export function serviceList(found, { brief = false } = {}) {
  if (!found.services.length) return null;
  if (brief) return h("p", { class: "soft small" }, named(found.services));
  return h("ul", { class: "rows" }, found.services.map((one) => h("li", {},
    h("div", { class: "row-body" }, h("h3", {}, one.url ? h("a", { class: "service-link", href: one.url, rel: "noopener" }, spoken(one.name)) : spoken(one.name)),
      h("p", { class: "soft small" }, spoken(one.summary))))));
}

/** The kinds of licences that are recognised there. */
export function licenceList(found, { brief = false } = {}) {
  if (!found.licences.length) return null;
  if (brief) return h("p", { class: "soft small" }, named(found.licences));
  return h("ul", { class: "offer-names" }, found.licences.map((one) => h("li", {}, spoken(one.name))));
}
