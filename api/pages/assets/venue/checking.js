// Checks a code at the server, and keeps the request's key while it is not known what became of it.

import { has, randomId, Refusal, t, Unreachable } from "../kit.js";
import { askAsScanner } from "./scanner.js";

const PATIENCE_MS = 5000;
const WAITS_MS = [400, 1200];

/** A code to check, with the key that makes its repetition harmless. */
export function showing(code) {
  return { code, key: randomId() };
}

/** Checks a showing, trying again by itself where the network fails. `onRetry` is told. Never throws. */
export async function check({ code, key }, scanner, onRetry) {
  for (let tries = 0; ; tries += 1) {
    try {
      const json = scanner.purpose ? { code, purpose: scanner.purpose } : { code };
      const scan = await askAsScanner("POST", "/v1/scans", scanner, { json, headers: { "Idempotency-Key": key }, patience: PATIENCE_MS });
      return { outcome: "accepted", at: Date.now(), scan };
    } catch (error) {
      if (!(error instanceof Unreachable) || tries >= WAITS_MS.length) return failed(error);
      onRetry?.();
      await new Promise((resolve) => { setTimeout(resolve, WAITS_MS[tries]); });
    }
  }
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

/** What a result that is no acceptance says: its title, and what to do next. */
export function wordsFor({ slug, error }) {
  if (slug === "no-picture-code") return { title: t("venue.picture.none.title"), next: t("venue.picture.none.next") };
  const known = has(`refusal.${slug}.title`);
  if (known) return { title: t(`refusal.${slug}.title`), next: t(`refusal.${slug}.next`) };
  return { title: error?.title || t("refusal.other.title"), next: error?.next || error?.detail || t("refusal.other.next") };
}
