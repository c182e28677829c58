// A licence as a card: its kind's colour, emblem and layout; red, and with the reason in words, when it is not good.

import { h, icon, s, t } from "../../kit.js";
import { emblem } from "./emblems.js";
import { abnormalWords, fieldText, pictureAddress, said, standingWords, validityWords } from "./speaking.js";
import { fieldOf, typeOf } from "./types.js";

const MOST_BESIDE = 2;
// A company's name may fill the card; a kind's, in English, its head.
const LONG_NAME = 14;
const LONG_KIND = 24;

// Where the holder's picture is not to be seen, somebody is drawn in its place who is nobody.
function portrait(picture) {
  const address = pictureAddress(picture);
  if (address) return h("img", { class: "licence-portrait", src: address, alt: t("licence.portrait") });
  return s("svg", { class: "licence-portrait", viewBox: "0 0 60 76", "aria-hidden": "true" },
    s("circle", { cx: 30, cy: 28, r: 13 }), s("path", { d: "M6 76c0-19 9-28 24-28s24 9 24 28Z" }));
}

// Fine lines as on a printed licence, that a copier smears.
function guilloche() {
  const wave = (at) => `M-10 ${at}c30-26 60 26 90 0s60 26 90 0 60 26 90 0 60 26 90 0`;
  return s("svg", { class: "licence-lines", viewBox: "0 0 340 210", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
    Array.from({ length: 9 }, (_, line) => s("path", { d: wave(20 + line * 24) })));
}

function facts(type, licence) {
  const told = licence.masked ?? {};
  const beside = Object.keys(told).filter((name) => name !== type.name_field && name !== type.number_field && fieldOf(type, name).kind !== "image");
  const shown = beside.slice(0, MOST_BESIDE).map((name) => fieldOf(type, name)).map((field) => h("div", {},
    h("dt", {}, said(field.label)), h("dd", {}, fieldText(field, told[field.id]))));
  const [name, number] = [told[type.name_field], told[type.number_field]];
  return [
    name && h("p", { class: name.length > LONG_NAME ? "licence-name long" : "licence-name" }, name),
    number && h("p", { class: "licence-number number" }, number),
    shown.length > 0 && h("dl", { class: "licence-beside" }, shown)];
}

/** The card's face. `picture` is the holder's, where it is to be seen; `level` the heading's. */
export function licenceFace(licence, { picture = null, level = "h2" } = {}) {
  const type = typeOf(licence.type);
  const isGood = !licence.abnormal;
  const face = h("div", { class: `licence-face layout-${type.look.layout}`, "data-standing": licence.standing },
    guilloche(), emblem(type.look.emblem, 150, "licence-watermark"),
    h("div", { class: "licence-top" }, emblem(type.look.emblem, 34), h(level, { class: said(type.name).length > LONG_KIND ? "licence-kind long" : "licence-kind" }, said(type.name)),
      h("span", { class: "licence-standing" }, icon(isGood ? "check" : "alert", 16), standingWords(licence.standing))),
    h("div", { class: "licence-middle" }, type.look.layout === "portrait" && portrait(picture), h("div", { class: "licence-facts" }, facts(type, licence))),
    isGood ? null : h("p", { class: "licence-abnormal" }, h("strong", {}, abnormalWords(licence)), " ", h("span", {}, t("licence.not-shown"))),
    h("div", { class: "licence-foot" }, h("span", {}, licence.issuer_name), h("span", { class: "number" }, validityWords(licence))));
  // The kind's colour is data; red stands above it.
  if (isGood) face.style.setProperty("--licence", type.look.colour);
  return face;
}

/** A card that leads to its licence. */
export function licenceLink(licence, address) {
  return h("a", { class: "licence", href: address, "data-licence": licence.id, "data-type": licence.type }, licenceFace(licence));
}
