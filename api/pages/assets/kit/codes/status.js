// Status lists (draft-ietf-oauth-status-list): one bit for each thing that lives long, 1 where it was revoked.

import { fromBase64url, toText } from "./bytes.js";
import { takeApart } from "./jws.js";
import { ListRefused } from "./refusal.js";
import { verifies } from "./signatures.js";
import { findKeys } from "./trust.js";

const TYPE = "statuslist+jwt";
const LONGEST = 8 * 2 ** 20;
const MOST_BYTES = 2 ** 22;

function malformed(message) {
  return new ListRefused("status-list-malformed", message);
}

function readClaims(bytes) {
  const { sub, iat, exp, status_list: list } = JSON.parse(toText(bytes));
  const isOurs = typeof sub === "string" && Number.isSafeInteger(iat) && Number.isSafeInteger(exp) && list.bits === 1 && typeof list.lst === "string";
  if (!isOurs) throw new SyntaxError("not a status list's claims");
  return { uri: sub, issued: iat, expires: exp, packed: fromBase64url(list.lst) };
}

/** Unpacks zlib (RFC 1950), and no more than so many bytes, whatever the packed ones would grow to. */
export async function unpack(packed, most) {
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const pieces = [];
  let size = 0;
  for await (const piece of unpacked) {
    size += piece.length;
    if (size > most) throw new SyntaxError("far too long");
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** Tries each key that may sign lists for this province; throws status-list-issuer-unknown or -signature-invalid. */
export async function requireListSignature({ header, signature, signed }, issued, trust, province) {
  const keys = findKeys(trust, "list", header.kid.toLowerCase()).filter((key) => key.province === province && key.notBefore <= issued && issued < key.notAfter);
  if (!keys.length) throw new ListRefused("status-list-issuer-unknown", "No trusted key for lists of this province and time.");
  for (const key of keys) {
    if (await verifies(key.publicKey, signature, signed)) return;
  }
  throw new ListRefused("status-list-signature-invalid", "The signature does not fit the list.");
}

/**
 * Verifies a list of this province and address: {uri, issuedAt, expiresAt, bits}, its times in milliseconds as `now`.
 *
 * Throws ListRefused: status-list-malformed, -issuer-unknown, -signature-invalid, -of-another, -expired.
 */
export async function readStatusList(text, trust, { now, province, uri }) {
  if (text.length > LONGEST) throw malformed("The status list is too long.");
  let parts;
  let claims;
  try {
    parts = takeApart(text);
    claims = readClaims(parts.payload);
  } catch {
    throw malformed("This is not a status list.");
  }
  const { typ, alg, kid } = parts.header;
  if (typ !== TYPE || alg !== "ES256" || typeof kid !== "string") throw malformed("This is not a status list signed by ES256.");
  await requireListSignature(parts, claims.issued, trust, province);
  if (claims.uri !== uri) throw new ListRefused("status-list-of-another", "This is another list than the one that was asked for.");
  if (claims.expires * 1000 <= now) throw new ListRefused("status-list-expired", "The status list has ended.");
  const bits = await unpack(claims.packed, MOST_BYTES).catch(() => { throw malformed("The status list cannot be unpacked."); });
  return { uri, issuedAt: claims.issued * 1000, expiresAt: claims.expires * 1000, bits };
}

/** Whether the entry is revoked; null where the list does not reach so far: it is older than what it is asked of. */
export function isRevoked(list, index) {
  if (index >= list.bits.length * 8) return null;
  return ((list.bits[index >> 3] >> (index & 7)) & 1) === 1;
}
