// The trust list: whose signatures are good for what, signed by a list-signer whom a pinned root certified.

import { fromBase64, fromHex, toHex, toText } from "./bytes.js";
import { certifiedKey, fingerprintOf, readCertificate } from "./certificates.js";
import { takeApart } from "./jws.js";
import { ListRefused } from "./refusal.js";
import { importJwk, verifies } from "./signatures.js";

const TYPE = "suixing-trust-list+jwt";
const LONGEST = 4 * 2 ** 20;
const USES = ["code", "certificate", "paper", "licence", "federation", "list"];
const TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Every key of this use that bears this kid: two may share one. */
export function findKeys(trust, use, kid) {
  return trust.keys.filter((key) => key.use === use && key.kid === kid);
}

/**
 * Verifies a list down to its root: {province, sequence, issuedAt, expiresAt, rootFingerprint, keys}.
 *
 * `rootFingerprint` is the pinned one, `atLeast` the highest sequence that was ever accepted; `now` and the times are in
 * milliseconds. Throws ListRefused: trust-list-malformed, -root-unknown, -signature-invalid, -expired, -older-than-held.
 */
export async function readTrustList(text, { now, rootFingerprint = null, atLeast = null }) {
  const { payload, signature, signed, signer, root } = readParts(text);
  const fingerprint = await fingerprintOf(root);
  if (rootFingerprint !== null && fingerprint !== rootFingerprint.toLowerCase().replaceAll(":", "")) {
    throw new ListRefused("trust-list-root-unknown", "The trust list descends from another root.");
  }
  const key = await certifiedKey(signer, root, now);
  if (!key) throw new ListRefused("trust-list-signature-invalid", "The root did not certify this signer, or not for now.");
  if (!(await verifies(key, signature, signed))) throw new ListRefused("trust-list-signature-invalid", "The trust list's signature is not good.");
  const list = readPayload(payload);
  if (list.province !== signer.province) throw new ListRefused("trust-list-signature-invalid", "The signer is of another province than the list.");
  if (list.expiresAt <= now) throw new ListRefused("trust-list-expired", "The trust list has ended.");
  if (atLeast !== null && list.sequence < atLeast) throw new ListRefused("trust-list-older-than-held", "A newer trust list was seen before.");
  return { ...list, keys: await readKeys(list.keys), rootFingerprint: fingerprint };
}

function malformed(message) {
  return new ListRefused("trust-list-malformed", message);
}

function readParts(text) {
  if (text.length > LONGEST) throw malformed("The trust list is too long.");
  try {
    const { header, ...rest } = takeApart(text);
    if (header.typ === TYPE && header.alg === "ES256" && header.x5c.length === 2) {
      const [signer, root] = header.x5c.map((one) => readCertificate(fromBase64(one)));
      return { ...rest, signer, root };
    }
  } catch {
    // Whatever it is, it is not a trust list.
  }
  throw malformed("This is not a trust list.");
}

function readTime(text) {
  const at = TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new SyntaxError("not a time with its zone");
  return at;
}

function readPayload(bytes) {
  try {
    const { province, sequence, issued_at: issued, expires_at: expires, keys } = JSON.parse(toText(bytes));
    if (!/^[0-9]{2}$/.test(province) || !Number.isSafeInteger(sequence) || sequence < 1) throw new SyntaxError("not a list's head");
    const found = keys.map(({ not_before: notBefore, not_after: notAfter, ...one }) => ({
      ...one, notBefore: Math.floor(readTime(notBefore) / 1000), notAfter: Math.floor(readTime(notAfter) / 1000),
    }));
    return { province, sequence, issuedAt: readTime(issued), expiresAt: readTime(expires), keys: found };
  } catch {
    throw malformed("The trust list's content is not one.");
  }
}

// Keys of uses and kinds that are not known here may stand in a list for others.
async function readKeys(entries) {
  const known = entries.filter(({ use, jwk }) => USES.includes(use) && jwk?.kty === "EC" && jwk.crv === "P-256");
  try {
    return await Promise.all(known.map(async ({ jwk, ...entry }) => ({ ...entry, kid: toHex(fromHex(entry.kid)), publicKey: await importJwk(jwk) })));
  } catch {
    throw malformed("The trust list has a key that is none.");
  }
}
