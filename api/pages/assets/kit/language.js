// The page's language and its words.

import en from "../words/en.js";
import provinces from "../words/provinces.js";
import venueEn from "../words/venue-en.js";
import venueZh from "../words/venue-zh.js";
import zh from "../words/zh.js";

const TABLES = { "zh-CN": { ...zh, ...venueZh }, en: { ...en, ...venueEn } };
const KEPT_AS = "suixing.language";
const listeners = new Set();

function preferred() {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept in TABLES) return kept;
  const first = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? "zh-CN";
  return /^en/i.test(first) ? "en" : "zh-CN";
}

let current = preferred();
document.documentElement.lang = current;

/** The language in use, as a tag that HTTP and Intl understand. */
export function language() {
  return current;
}

/** The words for a key, with `{names}` replaced. */
export function t(key, values = {}) {
  const words = TABLES[current][key] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Adds the words that one page has for itself. */
export function addWords(chinese, english) {
  Object.assign(TABLES["zh-CN"], chinese);
  Object.assign(TABLES.en, english);
}

/** Whether there are words for a key, for keys that a server may add to. */
export function has(key) {
  return key in TABLES[current];
}

/** The name of a province by its two-digit division code, or nothing when it is unknown. */
export function provinceName(code) {
  return provinces[code]?.[current === "en" ? 1 : 0] ?? "";
}

/** Changes to the other language, for this visit and the next. */
export function switchLanguage() {
  useLanguage(current === "en" ? "zh-CN" : "en");
}

/** Speaks this language from now on, and at the next visit. */
export function useLanguage(tag) {
  current = tag;
  localStorage.setItem(KEPT_AS, current);
  document.documentElement.lang = current;
  for (const listener of listeners) listener();
}

/** Calls back after each change of language. */
export function onLanguage(listener) {
  listeners.add(listener);
}

// The country has one time, which messages and posters speak in too, wherever the phone believes that it is.
const ZONE = "Asia/Shanghai";

/** A time, in the parts that `Intl.DateTimeFormat` names. */
export function timeInParts(at, parts) {
  return new Intl.DateTimeFormat(current, { timeZone: ZONE, hourCycle: "h23", ...parts }).format(at);
}

/** The country's day of a time, as YYYY-MM-DD. */
export function dateOf(at) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, dateStyle: "short" }).format(at);
}

/** A time of day to the second, as people read it. */
export function clockTime(at) {
  return timeInParts(new Date(at), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** A day and time to the minute; today's day goes without saying. */
export function dayAndTime(at) {
  const date = new Date(at);
  const time = timeInParts(date, { hour: "2-digit", minute: "2-digit" });
  const [day, today] = [dateOf(date), dateOf(new Date())];
  if (day === today) return t("time.today", { time });
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return `${timeInParts(date, { year: sameYear ? undefined : "numeric", month: "short", day: "numeric" })} ${time}`;
}
