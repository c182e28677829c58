// Checks a code at the server, and keeps the request's key while it is not known what became of it.

import { has, randomId, Refusal, t, Unreachable } from "../kit.js";
import { askAsScanner } from "./scanner.js";

const PATIENCE_MS = 5000;
// Where this device can decide by itself, nobody at a gate waits longer.
const SHORT_PATIENCE_MS = 2000;
const WAITS_MS = [400, 1200];

/** A code to check, with the key that makes its repetition harmless. */
export function showing(code) {
  return { code, key: randomId() };
}

// The server is not there, or says that it cannot answer.
const isAbsent = (error) => error instanceof Unreachable || error.slug === "unavailable";

/** Checks a showing at the server, or here where it is not to be reached; else it tries again, and `onRetry` is told. Never throws. */
export async function check(shown, scanner, station, onRetry) {
  for (let tries = 0; ; tries += 1) {
    if (!station.online && station.canDecide) return station.decide(shown.code);
    try {
      return await checkOnline(shown, scanner, station);
    } catch (error) {
      if (isAbsent(error)) station.lose();
      else station.remember(shown.code, error.slug);
      const decidedHere = isAbsent(error) && station.canDecide;
      if (decidedHere) continue;
      if (!(error instanceof Unreachable) || tries >= WAITS_MS.length) return failed(error);
      onRetry?.();
      await new Promise((resolve) => { setTimeout(resolve, WAITS_MS[tries]); });
    }
  }
}

async function checkOnline({ code, key }, scanner, station) {
  const json = scanner.purpose ? { code, purpose: scanner.purpose } : { code };
  const patience = station.canDecide ? SHORT_PATIENCE_MS : PATIENCE_MS;
  const scan = await askAsScanner("POST", "/v1/scans", scanner, { json, headers: { "Idempotency-Key": key }, patience });
  station.remember(code);
  return { outcome: "accepted", at: Date.now(), scan };
}

/** The result that an error makes. */
export function failed(error) {
  const at = Date.now();
  if (error instanceof Refusal) {
    // Any other refusal speaks of the scanner or the server: nothing was found out about the code.
    return { outcome: error.slug.startsWith("code-") ? "refused" : "unchecked", at, slug: error.slug, error };
  }
  return { outcome: "unchecked", at, slug: error instanceof Unreachable ? "unreachable" : "other", error };
}

/** The result of a picture without a code. */
export function noCodeInPicture() {
  return { outcome: "unchecked", at: Date.now(), slug: "no-picture-code" };
}

/** The result of a picture where neither the server nor this browser can read it. */
export function picturesNeedNetwork() {
  return { outcome: "unchecked", at: Date.now(), slug: "picture-offline" };
}

/** What a result that is no acceptance says: its title, and what to do next. */
export function wordsFor({ slug, error }) {
  if (slug === "no-picture-code") return { title: t("venue.picture.none.title"), next: t("venue.picture.none.next") };
  if (has(`venue.refusal.${slug}.title`)) return { title: t(`venue.refusal.${slug}.title`), next: t(`venue.refusal.${slug}.next`) };
  const known = has(`refusal.${slug}.title`);
  if (known) return { title: t(`refusal.${slug}.title`), next: t(`refusal.${slug}.next`) };
  return { title: error?.title || t("refusal.other.title"), next: error?.next || error?.detail || t("refusal.other.next") };
}
