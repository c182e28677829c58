// ES256 in WebCrypto: P-256 keys, SHA-256, signatures of 64 bytes r ‖ s (RFC 9053, section 2.1).

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** A public key from a JWK (RFC 7518, section 6.2); throws where it is none. */
export function importJwk({ kty, crv, x, y }) {
  return crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, false, ["verify"]);
}

/** A public key from an uncompressed point. */
export function importPoint(point) {
  return crypto.subtle.importKey("raw", point, CURVE, false, ["verify"]);
}

/** A public key from a SubjectPublicKeyInfo; throws for another curve. */
export function importInfo(encoded) {
  return crypto.subtle.importKey("spki", encoded, CURVE, false, ["verify"]);
}

/** Whether the 64 bytes are this key's signature over the message. */
export async function verifies(key, signature, message) {
  return signature.length === 64 && crypto.subtle.verify(SIGNING, key, signature, message);
}
