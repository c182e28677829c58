// Codes that this browser makes itself, `SX2:`: a certificate by the province, and a signature by the key it certifies.

import { encode } from "./base45.js";
import { join } from "./bytes.js";
import { pack, PHONE, signedPart } from "./layout.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const SIGNATURE_BYTES = 64;
const NONCE_BYTES = 8;

/** How long a code is good after it was made, in milliseconds, whatever its certificate says. */
export const PHONE_LIFE_MS = 60_000;

/** Whether this browser can make codes: it withholds its cryptography where the page came over plain HTTP. */
export function canMakeCodes() {
  return Boolean(globalThis.crypto?.subtle);
}

/** A key for one certificate: {privateKey, jwk}. The private half never leaves the browser, not even to this page. */
export async function makePhoneKey() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return { privateKey, jwk: { kty, crv, x, y } };
}

/** The text of a code made at `madeAt`, in milliseconds since 1970; a certificate is good for one. */
export async function makePhoneCode(certificate, privateKey, madeAt) {
  const unsigned = pack(PHONE, {
    certificate, made: Math.floor(madeAt / 1000), nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)), signature: new Uint8Array(SIGNATURE_BYTES),
  });
  const signature = new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, signedPart(PHONE, unsigned)));
  return `SX2:${encode(join(unsigned.subarray(0, -SIGNATURE_BYTES), signature))}`;
}
