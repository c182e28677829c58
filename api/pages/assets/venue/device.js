// This device's own key: made here, never let out, and proven with each request (DPoP, RFC 9449).

import { serverNow } from "../kit.js";
import { change, read } from "../resident/keeping.js";

const KEPT_AS = "scanner-key";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const encoder = new TextEncoder();

/** Whether this browser can keep a key: over plain HTTP it withholds what that takes. */
export function canKeepKey() {
  return Boolean(globalThis.crypto?.subtle) && "indexedDB" in globalThis;
}

/** Makes a new key in place of the one of before; nobody, this page included, can read its private half. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  await change(KEPT_AS, () => pair);
  return publicKey();
}

/** The public half as a JWK, or null where no key is kept. */
export async function publicKey() {
  const pair = await read(KEPT_AS);
  if (!pair) return null;
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty, crv, x, y };
}

/** Forgets the key. */
export function forgetKey() {
  return change(KEPT_AS, () => undefined);
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const part = (value) => base64url(encoder.encode(JSON.stringify(value)));

/** The headers that prove one request with this device's key. */
export async function proveHeaders(method, path, credential) {
  const pair = await read(KEPT_AS);
  if (!pair) return { Authorization: `DPoP ${credential}` };
  const hash = await crypto.subtle.digest("SHA-256", encoder.encode(credential));
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))), htm: method, htu: `${location.origin}${path.split("?")[0]}`,
    iat: Math.floor(serverNow() / 1000), ath: base64url(hash),
  };
  const signed = `${part({ typ: "dpop+jwt", alg: "ES256", jwk: await publicKey() })}.${part(claims)}`;
  const signature = await crypto.subtle.sign(SIGNING, pair.privateKey, encoder.encode(signed));
  return { Authorization: `DPoP ${credential}`, DPoP: `${signed}.${base64url(signature)}` };
}
