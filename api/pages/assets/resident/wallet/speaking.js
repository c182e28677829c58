// How the wallet words what licences are and say.

import { dateOf, has, language, serverNow, t, timeInParts } from "../../kit.js";
import { typeOf } from "./types.js";

const DAY = { year: "numeric", month: "short", day: "numeric" };
const MINUTE_MS = 60_000;
const STEPS = [["minute", MINUTE_MS, 60], ["hour", 60 * MINUTE_MS, 24], ["day", 1440 * MINUTE_MS, Infinity]];
const HIDDEN = "••••••";
const TAIL = 4;

/** Words that come in both languages, or in one already. */
export function said(words) {
  return typeof words === "string" ? words : words?.[language() === "en" ? "en" : "zh"] ?? "";
}

/** A day such as 2036-06-30, as people write it; what is none stays as it is. */
export function dayWords(day) {
  const date = /^\d{4}-\d\d-\d\d$/.test(day ?? "") ? new Date(`${day}T12:00:00+08:00`) : null;
  return date && !Number.isNaN(date.getTime()) ? timeInParts(date, DAY) : day ?? "";
}

/** The last day of what ends at midnight, as people write it. */
export function lastDayWords(until) {
  return timeInParts(new Date(Date.parse(until) - 1000), DAY);
}

/** How long ago a moment was, in words. */
export function ageWords(moment) {
  const passed = serverNow() - new Date(moment).getTime();
  if (passed < MINUTE_MS) return t("wallet.just-now");
  const [unit, length] = STEPS.find(([, size, most]) => passed < size * most);
  return new Intl.RelativeTimeFormat(language(), { numeric: "always" }).format(-Math.floor(passed / length), unit);
}

/** From when until when a licence is good; one that is not good any more is not said to be so without an end. */
export function validityWords({ valid_from: from, valid_until: until, abnormal }) {
  if (!until) return abnormal ? "" : t("licence.unlimited");
  return from ? t("licence.period", { from: dayWords(from), until: dayWords(until) }) : t("licence.until", { until: dayWords(until) });
}

/** A standing in a word or two. */
export function standingWords(standing) {
  return has(`standing.${standing}`) ? t(`standing.${standing}`) : t("standing.other");
}

/** What is wrong with a licence, and since when; a composite's own day says nothing of when a part of it ended. */
export function abnormalWords({ type, standing, changed_at: changed, valid_from: from, valid_until: until }) {
  if (standing === "other" && from > dateOf(serverNow())) return t("abnormal.early", { from: dayWords(from) });
  if (standing === "other" && typeOf(type).parts?.length) return t("abnormal.composite");
  const since = standing === "expired" && until ? dayWords(until) : timeInParts(new Date(changed), DAY);
  return t(has(`abnormal.${standing}`) ? `abnormal.${standing}` : "abnormal.other", { since });
}

/** Whether a field is covered until somebody taps it. */
export function isCovered(field) {
  return (field.mask ?? "none") !== "none" || field.sensitivity === "sensitive";
}

/** What of a field shows while it is covered. */
export function coveredText(field, text, masked) {
  if (masked) return masked;
  return field.mask === "tail" && text.length > TAIL ? HIDDEN + text.slice(-TAIL) : HIDDEN;
}

/** Whether a text is a picture in base64, and of which kind: its address, or null. */
export function pictureAddress(text) {
  if (text?.startsWith("/9j/")) return `data:image/jpeg;base64,${text}`;
  return text?.startsWith("iVBOR") ? `data:image/png;base64,${text}` : null;
}

/** A field's text as it is read: dates in words. */
export function fieldText(field, text) {
  return field.kind === "date" ? dayWords(text) : text;
}
