// This device's own key: made here, never let out, and proven with each request (DPoP, RFC 9449).

import { serverNow } from "../kit.js";
import { fromText, hash, toBase64url } from "../kit/codes/bytes.js";
import { change, read } from "../resident/keeping.js";

const KEPT_AS = "scanner-key";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

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

/** This device's signature over bytes, r ‖ s. */
export async function signByDevice(bytes) {
  const pair = await read(KEPT_AS);
  return new Uint8Array(await crypto.subtle.sign(SIGNING, pair.privateKey, bytes));
}

const part = (value) => toBase64url(fromText(JSON.stringify(value)));

/** The headers that prove one request with this device's key. */
export async function proveHeaders(method, path, credential) {
  const pair = await read(KEPT_AS);
  if (!pair) return { Authorization: `DPoP ${credential}` };
  const claims = {
    jti: toBase64url(crypto.getRandomValues(new Uint8Array(16))), htm: method, htu: `${location.origin}${path.split("?")[0]}`,
    iat: Math.floor(serverNow() / 1000), ath: toBase64url(await hash(fromText(credential))),
  };
  const signed = `${part({ typ: "dpop+jwt", alg: "ES256", jwk: await publicKey() })}.${part(claims)}`;
  return { Authorization: `DPoP ${credential}`, DPoP: `${signed}.${toBase64url(await signByDevice(fromText(signed)))}` };
}
