// Figures as an operator reads them.

import { language, provinceName, t, timeInParts } from "../kit.js";

/** A number, short. */
export function amount(value) {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  return new Intl.NumberFormat(language(), { notation: Math.abs(value) >= 10_000 ? "compact" : "standard", maximumFractionDigits: Math.abs(value) >= 10_000 ? 2 : digits }).format(value);
}

/** A time to answer or to wait, in the unit that reads best. */
export function span(seconds) {
  if (seconds === 0) return t("desk.unit.s", { value: "0" });
  if (seconds < 1) return t("desk.unit.ms", { value: amount(seconds * 1000) });
  if (seconds < 120) return t("desk.unit.s", { value: amount(seconds) });
  if (seconds < 7200) return t("desk.unit.min", { value: amount(Math.round(seconds / 60)) });
  if (seconds < 172_800) return t("desk.unit.h", { value: amount(Math.round(seconds / 360) / 10) });
  return t("desk.unit.d", { value: amount(Math.round(seconds / 86_400)) });
}

/** A value of a line, with its unit where it has one. */
export function measured(value, unit) {
  if (value === null || value === undefined) return "–";
  return unit === "seconds" ? span(value) : amount(value);
}

/** A day. */
export function day(at) {
  return timeInParts(new Date(at), { year: "numeric", month: "short", day: "numeric" });
}

/** The end of an id, enough to tell a few apart. */
export function shortId(id) {
  return id ? id.slice(-6) : "–";
}

/** Whom a campaign is for; `kinds` are names of kinds of licences by their ids, where they are known. */
export function saySegment({ kind, value }, kinds = new Map()) {
  const named = { province: provinceName, enterprise: (one) => t(`campaigns.enterprise.${one}`), licence: (one) => kinds.get(one) ?? one }[kind];
  return [t(`campaigns.segment.${kind}`), named?.(value)].filter(Boolean).join(" · ");
}
