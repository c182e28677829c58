// Licences that were looked at here, to be seen again without a network: sealed by a key that never leaves the browser.
//
// They are kept beside the session and end with it (session.js), and after two weeks without a network in any case.

import { fromText, toText } from "../../kit/codes/bytes.js";
import { change, read } from "../keeping.js";
import { getSession, SESSION, WALLET } from "../session.js";
import { nameOf } from "../subjects.js";

const KEPT_MS = 14 * 24 * 3_600_000;
const SEALING = "AES-GCM";
const NONCE_BYTES = 12;

const canSeal = () => Boolean(globalThis.crypto?.subtle);
const context = (owner, subject) => fromText(`${owner} ${nameOf(subject)}`);
const isLiving = (one) => one && isRecent(one.keptAt);

/** Whether what was kept at a moment may be kept still; a clock that was set back a long way makes nothing live longer. */
export function isRecent(keptAt) {
  return Math.abs(Date.now() - keptAt) < KEPT_MS;
}

async function ownKey(owner) {
  const fresh = await crypto.subtle.generateKey({ name: SEALING, length: 256 }, false, ["encrypt", "decrypt"]);
  const kept = await change(WALLET, (before, session) => {
    if (session?.resident_id !== owner) return before;
    const isOwn = before?.resident_id === owner;
    // Browsers lose keys, as when a phone is restored from a backup: what was sealed by a lost one opens no more.
    return isOwn && before.key instanceof CryptoKey ? before : { resident_id: owner, key: fresh, of: {}, uses: isOwn ? before.uses : {} };
  }, SESSION);
  return kept?.resident_id === owner ? kept.key : null;
}

async function open(kept, subject) {
  const { nonce, sealed, keptAt } = kept.of[nameOf(subject)];
  const algorithm = { name: SEALING, iv: nonce, additionalData: context(kept.resident_id, subject) };
  const bytes = new Uint8Array(await crypto.subtle.decrypt(algorithm, kept.key, sealed));
  return { ...JSON.parse(toText(bytes)), keptAt };
}

/** What is kept of a subject's wallet, with `keptAt`; null where there is nothing, or it is too old. */
export async function keptWallet(subject) {
  const [kept, session] = [await read(WALLET), await getSession()];
  if (!canSeal() || !session || kept?.resident_id !== session.resident_id || !isLiving(kept.of[nameOf(subject)])) return null;
  return open(kept, subject).catch(() => null);
}

/** Keeps what a subject's wallet holds now, in place of what was kept. Says nothing of failures: all is there without it. */
export async function keepWallet(subject, content) {
  const session = await getSession();
  if (!canSeal() || !session) return;
  const owner = session.resident_id;
  const key = await ownKey(owner);
  if (!key) return;
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const algorithm = { name: SEALING, iv: nonce, additionalData: context(owner, subject) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, fromText(JSON.stringify(content)));
  await change(WALLET, (kept, now) => {
    // Who was logged in may have gone meanwhile, and somebody else have come.
    if (now?.resident_id !== owner || kept?.resident_id !== owner) return kept;
    return { ...kept, of: { ...kept.of, [nameOf(subject)]: { nonce, sealed, keptAt: Date.now() } } };
  }, SESSION);
}

/** Forgets what has been kept for too long, whether or not anybody asks for it again. */
export function dropOldWallets() {
  return change(WALLET, (kept) => {
    const living = Object.entries(kept?.of ?? {}).filter(([, one]) => isLiving(one));
    return kept && { ...kept, of: Object.fromEntries(living) };
  });
}

/** Forgets what is kept of one wallet: it is not this resident's to see any more. */
export function dropWallet(subject) {
  return change(WALLET, (kept) => {
    if (!kept) return kept;
    const { [nameOf(subject)]: gone, ...others } = kept.of;
    return gone ? { ...kept, of: others } : kept;
  });
}

/** Remembers that a licence was used now. */
export async function noteUse(licenceId) {
  const session = await getSession();
  if (!session || !canSeal() || !(await ownKey(session.resident_id))) return;
  await change(WALLET, (kept) => kept && { ...kept, uses: { ...kept.uses, [licenceId]: Date.now() } });
}

/** When each licence was used last, by its id. */
export async function lastUses() {
  const [kept, session] = [await read(WALLET), await getSession()];
  return kept?.resident_id === session?.resident_id ? kept?.uses ?? {} : {};
}
