// Asks the server for licences: at once by one that is presented in hand, or on the holder's phone, whose answer is waited for.

import { isLicence } from "../kit/codes/reading.js";
import { randomId, Refusal, serverNow, Unreachable } from "../kit.js";
import { failed } from "./checking.js";
import { askAsScanner } from "./scanner.js";

const PATH = "/v1/presentations";
const PATIENCE_MS = 8000;
const WAITS_MS = [400, 1200];
const POLL_SECONDS = 20;
const POLL_PATIENCE_MS = 30_000;
const PAUSE_MS = 1000;
// Past its end a question is asked after once more: the answer may have been on its way.
const GRACE_MS = 10_000;
const SAYS_NO = /^(code|licence-not|presentation|holder-binding|nonce|audience)-/;
// How a question ends without an answer.
const ENDS = { refused: "consent-refused", expired: "consent-timed-out", withdrawn: "presentation-withdrawn" };
// Nothing was found out: the question ended, or was never put.
const SAYS_NOTHING = new Set(["presentation-ended", "presentation-answered", "presentation-withdrawn"]);

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const isAbsent = (error) => error instanceof Unreachable || error.slug === "unavailable";

const outcomeOf = (slug) => (SAYS_NO.test(slug) && !SAYS_NOTHING.has(slug) ? "refused" : "unchecked");

/** Whether a text is a licence presented in hand, however a hand scanner types it. */
export const isPresented = isLicence;

/** The result of asking for a licence where there is no network. */
export function licencesNeedNetwork() {
  return { outcome: "unchecked", at: Date.now(), slug: "licence-offline" };
}

/** The result of a question that the venue took back. */
export function withdrawn() {
  return { outcome: "unchecked", at: Date.now(), slug: "presentation-withdrawn" };
}

/** What a question came to that has an answer: good only where every licence in it is. */
export function resultOf(answer) {
  const at = Date.now();
  if (answer.state !== "granted") {
    const slug = ENDS[answer.state] ?? "presentation-ended";
    return { outcome: outcomeOf(slug), at, slug };
  }
  const items = answer.items.map((item) => ({ kept_until: answer.kept_until ?? null, ...item }));
  const good = items.every((item) => item.standing === "valid");
  return { outcome: good ? "accepted" : "refused", at, slug: good ? undefined : "licence-not-good", licences: { id: answer.id, items } };
}

/** The result that an error makes: a refusal of the licence, or nothing that was found out about it. */
export function refusedResult(error) {
  const result = failed(error);
  return { ...result, outcome: outcomeOf(result.slug) };
}

/** What the list may keep of a result: which licence and which of its fields, never what they say. */
export function withoutFields(result) {
  const { licences, ...rest } = result;
  if (!licences) return result;
  return { ...rest, told: licences.items.map(({ licence_type: type, fields }) => ({ type, fields: Object.keys(fields) })) };
}

/**
 * Reads a presented licence: asks for all that the purpose may. Tries again where nobody answers; by the same `key` that is the same
 * request. Never throws.
 */
export async function readPresented(code, key, scanner, onRetry) {
  const headers = { "Idempotency-Key": key };
  for (let tries = 0; ; tries += 1) {
    try {
      return resultOf(await askAsScanner("POST", PATH, scanner, { json: { code }, headers, patience: PATIENCE_MS }));
    } catch (error) {
      if (!(error instanceof Unreachable) || tries >= WAITS_MS.length) return refusedResult(error);
      onRetry();
      await pause(WAITS_MS[tries]);
    }
  }
}

/** Puts a question: to whoever was scanned, or to whoever scans its link. Throws what the server refuses. */
export function putQuestion(scanner, queries, scanId) {
  const json = scanId ? { queries, scan_id: scanId } : { queries };
  return askAsScanner("POST", PATH, scanner, { json, headers: { "Idempotency-Key": randomId() }, patience: PATIENCE_MS });
}

/** Waits for the answer to a question. Resolves to its result, or to null once `signal` says to stop. Never throws. */
export async function awaitAnswer(asked, scanner, signal) {
  const end = Date.parse(asked.expires_at) + GRACE_MS;
  while (!signal.aborted) {
    const began = Date.now();
    try {
      const options = { patience: POLL_PATIENCE_MS, signal };
      const answer = await askAsScanner("GET", `${PATH}/${asked.id}?wait=${POLL_SECONDS}`, scanner, options);
      if (answer.state !== "pending") return resultOf(answer);
    } catch (error) {
      if (signal.aborted) break;
      if (!isAbsent(error)) return refusedResult(error);
      if (serverNow() > end) return refusedResult(error);
    }
    if (Date.now() - began < PAUSE_MS) await pause(PAUSE_MS);
  }
  return null;
}

/** Takes a question back. Answers whether it is one that nobody has answered: an answer comes in by itself. */
export async function takeBack(asked, scanner) {
  try {
    await askAsScanner("DELETE", `${PATH}/${asked.id}`, scanner);
    return true;
  } catch (error) {
    // Where nobody can be asked it ends by itself, within minutes.
    return !(error instanceof Refusal && error.slug === "presentation-answered");
  }
}
