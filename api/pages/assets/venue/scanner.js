// The scanner that this device is: its credential, kept here, and every request that it makes with it.

import { ask, Refusal } from "../kit.js";
import { canKeepKey, forgetKey, makeKey, proveHeaders } from "./device.js";

const KEPT_AS = "suixing.scanner";

/** The scanner kept here: {credential, name, purpose?, bound?}, or null. */
export function keptScanner() {
  return JSON.parse(localStorage.getItem(KEPT_AS) ?? "null");
}

/** Keeps a scanner on this device. */
export function keepScanner(scanner) {
  localStorage.setItem(KEPT_AS, JSON.stringify(scanner));
}

/** Removes the scanner, and its key with it. */
export async function forgetScanner() {
  localStorage.removeItem(KEPT_AS);
  if (canKeepKey()) await forgetKey();
}

/** Sends a request as this scanner, proven where its key is registered; returns the answer's JSON, or null. */
export async function askAsScanner(method, path, scanner, options = {}) {
  if (!scanner.bound) return ask(method, path, { ...options, token: scanner.credential });
  const proof = await proveHeaders(method, path, scanner.credential);
  return ask(method, path, { ...options, headers: { ...options.headers, ...proof } });
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
