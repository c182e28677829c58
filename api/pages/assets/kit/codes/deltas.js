// What was revoked since a status list that is held: signed places, far fewer bytes than the list.

import { fromBase64url, hash, toBase64url, toText } from "./bytes.js";
import { takeApart } from "./jws.js";
import { ListRefused } from "./refusal.js";
import { requireListSignature, unpack } from "./status.js";

const TYPE = "suixing-status-delta+jwt";
const LONGEST = 8 * 2 ** 20;
// A gap between two places of the longest list has no more bytes, of seven bits each.
const MOST_BYTES = 4;

function malformed(message) {
  return new ListRefused("status-list-malformed", message);
}

function ofAnother(message) {
  return new ListRefused("status-delta-of-another", message);
}

function read(text) {
  if (text.length > LONGEST) throw malformed("The delta is too long.");
  try {
    const parts = takeApart(text);
    const { sub, iat, exp, since, base, digest, places } = JSON.parse(toText(parts.payload));
    const isOurs = [parts.header.kid, sub, base, digest, places].every((one) => typeof one === "string") && [iat, exp, since].every(Number.isSafeInteger);
    if (isOurs && parts.header.typ === TYPE && parts.header.alg === "ES256") return { parts, sub, iat, exp, base, digest, places };
  } catch {
    // Whatever it is, it is no delta.
  }
  throw malformed("This is no delta of a status list, signed by ES256.");
}

// Places in order, each as its distance from the one before (the first from -1), in LEB128.
function readPlaces(packed, size) {
  const places = [];
  let last = -1;
  let gap = 0;
  let factor = 1;
  for (const byte of packed) {
    gap += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte & 0x80) continue;
    last += gap;
    if (gap === 0 || last >= size) throw new SyntaxError("places out of order, or beyond the list");
    places.push(last);
    gap = 0;
    factor = 1;
  }
  if (factor !== 1) throw new SyntaxError("the last place is cut short");
  return places;
}

async function setBits(held, packed) {
  const size = held.length * 8;
  const bits = held.slice();
  try {
    for (const place of readPlaces(await unpack(fromBase64url(packed), size * MOST_BYTES), size)) bits[place >> 3] |= 1 << (place & 7);
  } catch {
    throw malformed("The delta's places cannot be read.");
  }
  return bits;
}

const nameOf = async (bits) => toBase64url(await hash(bits));

/**
 * The newer list, from one that was verified before; as `readStatusList` answers it.
 *
 * Throws ListRefused as that does, and status-delta-of-another where it does not lead on from the list that is held: ask
 * for the whole list then.
 */
export async function applyStatusDelta(text, held, trust, { now, province }) {
  const { parts, sub, iat, exp, base, digest, places } = read(text);
  await requireListSignature(parts, iat, trust, province);
  if (sub !== held.uri) throw new ListRefused("status-list-of-another", "This is the delta of another list.");
  if (exp * 1000 <= now) throw new ListRefused("status-list-expired", "The status list has ended.");
  if (base !== await nameOf(held.bits)) throw ofAnother("The delta does not lead on from the list that is held.");
  const bits = await setBits(held.bits, places);
  if (digest !== await nameOf(bits)) throw ofAnother("List and delta together are not the newer list.");
  return { uri: held.uri, issuedAt: iat * 1000, expiresAt: exp * 1000, bits };
}
