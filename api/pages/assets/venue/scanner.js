// The scanner that this device is: its credential, kept here, and every request that it makes with it.

import { ask, Refusal, send } from "../kit.js";
import { canKeepKey, forgetKey, makeKey, proveHeaders } from "./device.js";
import { dropScanner } from "./ledger.js";

const KEPT_AS = "suixing.scanner";

/** The scanner kept here: {credential, name, purpose?, bound?}, and what the server said of it last (`learn`), or null. */
export function keptScanner() {
  return JSON.parse(localStorage.getItem(KEPT_AS) ?? "null");
}

/** Keeps a scanner on this device. */
export function keepScanner(scanner) {
  localStorage.setItem(KEPT_AS, JSON.stringify(scanner));
}

/** Keeps what the server says of this scanner, for when it is not there. */
export function learn(seen) {
  const kept = keptScanner();
  if (!kept) return;
  const { scanner_id: id, purpose, fields, strict, checks_person: checksPerson, requires_shift: requiresShift, shift, offline } = seen;
  keepScanner({ ...kept, id, purpose, fields, strict, checksPerson, requiresShift, shiftEndsAt: shift?.ends_at ?? null, offline });
}

/** Removes the scanner, and with it its key, its lists with their pinned root, and what waits to be sent. */
export async function forgetScanner() {
  const { id } = keptScanner() ?? {};
  localStorage.removeItem(KEPT_AS);
  if (!canKeepKey()) return;
  await forgetKey();
  if (id) await dropScanner(id);
}

async function proven(method, path, scanner, options) {
  if (!scanner.bound) return { ...options, token: scanner.credential };
  const proof = await proveHeaders(method, path, scanner.credential);
  return { ...options, headers: { ...options.headers, ...proof } };
}

/** Sends a request as this scanner, proven where its key is registered; returns the response. */
export async function sendAsScanner(method, path, scanner, options = {}) {
  return send(method, path, await proven(method, path, scanner, options));
}

/** As `sendAsScanner`, but returns the answer's JSON, or null. */
export async function askAsScanner(method, path, scanner, options = {}) {
  return ask(method, path, await proven(method, path, scanner, options));
}

/** Binds this device to the credential by a key made here; throws what the server refuses. Returns the scanner to keep. */
export async function bindScanner(credential, name) {
  const scanner = { credential, name, bound: canKeepKey() };
  if (scanner.bound) {
    const json = { public_key: await makeKey() };
    await askAsScanner("PUT", "/v1/scanner/key", scanner, { json });
  }
  return describeScanner(scanner);
}

/** The scanner with its venue's name and purpose, as the server knows them. */
export async function describeScanner(scanner) {
  const { venue, purpose } = await askAsScanner("GET", "/v1/scanner", scanner);
  return { ...scanner, name: scanner.name || venue.name, purpose };
}

/** Whether an error says that the credential is already another device's. */
export function isAnothers(error) {
  return error instanceof Refusal && error.slug === "scanner-key-registered";
}
