// Codes without a network: certificates that the province gave ahead, each with a key of this browser, each for one showing.
//
// They are kept beside the session and are nobody's without it: whatever ends it here ends them (session.js).

import { aheadOfHere, assumeAhead, Refusal, serverNow } from "../kit.js";
import { fromBase64url } from "../kit/codes/bytes.js";
import { drawQr } from "../kit/codes/drawing.js";
import { canMakeCodes, makePhoneCode, makePhoneKey, PHONE_LIFE_MS } from "../kit/codes/making.js";
import { change, exclusively, read } from "./keeping.js";
import { askAsResident, CERTIFICATES, getSession, SESSION } from "./session.js";
import { nameOf, wireOf } from "./subjects.js";

// For the code on the screen, twenty-four minutes of showing; for others that may be chosen in a tunnel, a few.
const SHOWN = 24;
const OTHERS = 6;
const LASTING_MS = 4 * 3_600_000;
const REFILL_AGAIN_MS = 60_000;
// A code in front of a scanner needs a few seconds of its certificate's life.
const LEAST_LIFE_MS = 15_000;
const RENEW_AHEAD_MS = 10_000;

const waits = new Map();

function living(kept, subject) {
  const now = serverNow();
  return (kept?.of[nameOf(subject)] ?? []).filter((one) => one.expiresAt > now + LEAST_LIFE_MS);
}

/** How many codes can be made without a network for a subject. */
export async function countPhoneCodes(subject) {
  return living(await read(CERTIFICATES), subject).length;
}

// The one that ends first goes first, and is gone before it is shown: two tabs never show the same.
async function takeCertificate(subject) {
  let taken = null;
  let left = 0;
  await change(CERTIFICATES, (kept, session) => {
    if (!kept || kept.resident_id !== session?.resident_id) return undefined;
    if (aheadOfHere() === null) assumeAhead(kept.ahead);
    const usable = living(kept, subject).sort((one, other) => one.expiresAt - other.expiresAt);
    if (!usable.length) return kept;
    taken = usable.shift();
    left = usable.length;
    return { ...kept, of: { ...kept.of, [nameOf(subject)]: usable } };
  }, SESSION);
  return taken && { ...taken, left };
}

/** A code made here: {issuedAt, expiresAt, refreshAt, address, left}; null where there is no certificate for one. */
export async function makeCodeHere(subject) {
  if (!canMakeCodes()) return null;
  const taken = await takeCertificate(subject);
  if (!taken) return null;
  const madeAt = serverNow();
  const text = await makePhoneCode(taken.certificate, taken.privateKey, madeAt);
  const issuedAt = Math.floor(madeAt / 1000) * 1000;
  const expiresAt = Math.min(issuedAt + PHONE_LIFE_MS, taken.expiresAt);
  const address = URL.createObjectURL(new Blob([drawQr(text)], { type: "image/svg+xml" }));
  return { issuedAt, expiresAt, refreshAt: expiresAt - RENEW_AHEAD_MS, address, madeHere: true, left: taken.left };
}

async function certify(subject, count) {
  const keys = await Promise.all(Array.from({ length: count }, makePhoneKey));
  const { certificates } = await askAsResident("POST", "/v1/codes/certificates", { json: { ...wireOf(subject), public_keys: keys.map((key) => key.jwk) } });
  return certificates.map(({ certificate, expires_at: expires }, at) => ({
    certificate: fromBase64url(certificate), privateKey: keys[at].privateKey, expiresAt: Date.parse(expires),
  }));
}

async function fill(subject, wanted) {
  const session = await getSession();
  const held = living(await read(CERTIFICATES), subject).filter((one) => one.expiresAt > serverNow() + LASTING_MS);
  if (!session || held.length > wanted / 2) return;
  const fresh = await certify(subject, wanted - held.length);
  await change(CERTIFICATES, (kept, now) => {
    // Who was logged in may have gone meanwhile, and somebody else have come.
    if (!now || now.resident_id !== session.resident_id) return kept;
    const of = kept?.resident_id === now.resident_id ? kept.of : {};
    const ahead = aheadOfHere() ?? kept?.ahead ?? 0;
    return { resident_id: now.resident_id, ahead, of: { ...of, [nameOf(subject)]: [...living(kept, subject), ...fresh] } };
  }, SESSION);
}

/** Sees to it, while there is a network, that a few codes of each subject can be made without; one after another. */
export async function keepFewPhoneCodes(subjects) {
  for (const subject of subjects) await keepPhoneCodes(subject, OTHERS);
}

/** Sees to it that there are enough certificates for a subject, while there is a network. Says nothing of failures. */
export async function keepPhoneCodes(subject, wanted = SHOWN) {
  const name = `${nameOf(subject)} ${wanted}`;
  if (!canMakeCodes() || Date.now() < (waits.get(name) ?? 0)) return;
  waits.set(name, Date.now() + REFILL_AGAIN_MS);
  try {
    await exclusively("suixing.certificates", () => fill(subject, wanted));
  } catch (error) {
    // A code is there without them; what the server said of how soon to ask again is obeyed.
    if (error instanceof Refusal && error.retryAfter) waits.set(name, Date.now() + error.retryAfter * 1000);
  }
}

/** Forgets a subject's certificates: the server says that its codes are over. */
export function dropPhoneCodes(subject) {
  return change(CERTIFICATES, (kept) => kept && { ...kept, of: { ...kept.of, [nameOf(subject)]: [] } });
}
