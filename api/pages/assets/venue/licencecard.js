// What a licence says, large enough to be compared with whoever stands there: picture, name and number first.

import { dayAndTime, h, has, icon, serverNow, t } from "../kit.js";

const DAY_MS = 24 * 3600_000;
// An identity number is read as region, birthday and the rest; anything else by fours.
const IDENTITY = /^\d{17}[\dX]$/;
const IDENTITY_GROUPS = [6, 8, 4];
const GROUPED = /^[0-9A-Z]{8,}$/;
const BASE64_PNG = "iVBOR";

/** A number in groups that an eye can keep; together they are the text as it is. */
export function groupsOf(text) {
  if (IDENTITY.test(text)) return [text.slice(0, IDENTITY_GROUPS[0]), text.slice(IDENTITY_GROUPS[0], -IDENTITY_GROUPS[2]), text.slice(-IDENTITY_GROUPS[2])];
  return GROUPED.test(text) ? text.match(/.{1,4}/g) : [text];
}

function picture(data, label) {
  const source = `data:image/${data.startsWith(BASE64_PNG) ? "png" : "jpeg"};base64,${data}`;
  return h("img", { class: "told-photo", src: source, alt: label });
}

function value(part, text) {
  return part === "number" ? groupsOf(text).map((group) => h("span", { class: "told-group" }, group)) : text;
}

function row(part, label, text) {
  return h("div", { class: `told-${part}` }, h("dt", {}, label), h("dd", { class: part === "number" ? "number" : null }, value(part, text)));
}

/** Until when something may be kept, in words. */
export function keepingUntil(until) {
  if (!until) return t("venue.licence.look");
  // The page's clock is off by seconds: the next whole day up would be one too many.
  const days = Math.max(1, Math.round((Date.parse(until) - serverNow()) / DAY_MS));
  return t("venue.licence.keep.until", { until: dayAndTime(until), days });
}

const standingWords = (standing) => (has(`venue.licence.standing.${standing}`) ? t(`venue.licence.standing.${standing}`) : standing);

function card(item, licences) {
  const { licence_type: type, fields, standing, kept_until: until } = item;
  const parts = licences.ordered(type, Object.keys(fields)).map((field) => ({ part: licences.part(type, field), label: licences.label(type, field), text: fields[field] }));
  const photo = parts.find(({ part, text }) => part === "image" && text);
  return h("section", { class: "told", "data-type": type, "data-standing": standing },
    h("h3", { class: "told-title" }, `${licences.name(type)} · ${standingWords(standing)}`),
    h("div", { class: "told-body" },
      photo && picture(photo.text, photo.label),
      h("dl", { class: "told-fields" }, parts.filter(({ part }) => part !== "image").map(({ part, label, text }) => row(part, label, text)))),
    h("p", { class: "told-keep" }, icon(until ? "clock" : "eye", 20), h("span", {}, keepingUntil(until))));
}

/** What a verdict shows and says of licences. What is spoken aloud names the kinds: a hall need not hear the rest. */
export function licenceWords({ licences: { items } }, licences) {
  return {
    words: items.map((item) => card(item, licences)),
    spoken: items.map(({ licence_type: type, standing }) => `${licences.name(type)} ${standingWords(standing)}`),
  };
}

/** A result's record as a file: receipts, and what was handed over where it may be kept. */
export function recordOf({ id, items }) {
  const kept = items.map((item) => ({
    access_id: item.access_id, licence_type: item.licence_type, kept_until: item.kept_until, receipt: item.receipt,
    ...(item.kept_until ? { credential: item.credential } : {}),
  }));
  return new Blob([JSON.stringify({ presentation_id: id, items: kept }, null, 2)], { type: "application/json" });
}

/** Hands a result's record to the browser to save. */
export function saveRecord(result) {
  const url = URL.createObjectURL(recordOf(result.licences));
  h("a", { href: url, download: `suixing-licence-${result.licences.items[0].access_id}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
