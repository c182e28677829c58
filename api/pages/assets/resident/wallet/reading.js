// Reads wallets: from the server, and without a network from what was seen before.

import { Refusal, Unreachable } from "../../kit.js";
import { askAsResident } from "../session.js";
import { dropWallet, isRecent, keepWallet, keptWallet, lastUses } from "./keptwallet.js";
import { loadTypes, recallTypes, typeOf } from "./types.js";

const ENDED = new Set([403, 404]);

const ofCompany = (subject) => (subject.kind === "enterprise" ? { delegation_id: subject.id } : {});

/** A path under a subject's wallet, for what has no body. */
export function walletPath(subject, path, asked = {}) {
  const query = new URLSearchParams({ ...ofCompany(subject), ...asked }).toString();
  return `/v1/wallet${path}${query && `?${query}`}`;
}

/** Asks the wallet to do something, for whomever it is of. */
export function askWallet(subject, path, json = {}) {
  return askAsResident("POST", `/v1/wallet${path}`, { json: { ...json, ...ofCompany(subject) } });
}

// Used last comes first; of those never used, the good ones.
async function sort(items) {
  const uses = await lastUses();
  return [...items].sort((one, other) => (uses[other.id] ?? 0) - (uses[one.id] ?? 0) || one.abnormal - other.abnormal);
}

async function keep(subject, changes) {
  const before = await keptWallet(subject);
  const { items, sources } = { items: [], sources: [], ...before, ...changes };
  const held = new Set(items.map((item) => item.id));
  const opened = Object.entries({ ...before?.licences, ...changes.licences }).filter(([id, one]) => held.has(id) && isRecent(one.keptAt));
  await keepWallet(subject, { items, sources, licences: Object.fromEntries(opened), types: items.map((item) => typeOf(item.type)) });
}

/** A subject's wallet as it was seen last, or null: {items, sources, keptAt}. */
export async function recallWallet(subject) {
  const kept = await keptWallet(subject);
  if (!kept) return null;
  recallTypes(kept.types);
  return { items: await sort(kept.items), sources: kept.sources, keptAt: kept.keptAt };
}

/** A licence as it was seen last, or null, with `keptAt`; one that was never opened has its card alone. */
export async function recallLicence(subject, id) {
  const kept = await keptWallet(subject);
  const card = kept?.items.find((item) => item.id === id);
  if (!card) return null;
  recallTypes(kept.types);
  return { ...kept.licences[id], ...card, keptAt: kept.licences[id]?.keptAt ?? kept.keptAt };
}

// What the server no longer lets this resident see is not kept for them either.
async function readOrForget(subject, asking) {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof Refusal && ENDED.has(error.status)) await dropWallet(subject);
    throw error;
  }
}

/** A subject's wallet: {items, sources}, sorted by use. */
export async function readWallet(subject) {
  const [wallet] = await readOrForget(subject, Promise.all([askAsResident("GET", walletPath(subject, "/licences")), loadTypes()]));
  const sources = wallet.sources ?? [];
  await keep(subject, { items: wallet.items, sources }).catch(() => {});
  return { items: await sort(wallet.items), sources };
}

/** A licence in full. */
export async function readLicence(subject, id) {
  const [licence] = await Promise.all([askAsResident("GET", walletPath(subject, `/licences/${id}`)), loadTypes()]);
  await keep(subject, { licences: { [id]: { ...licence, keptAt: Date.now() } } }).catch(() => {});
  return licence;
}

/** Whether what went wrong is that there is no network to speak of. */
export const isAway = (error) => error instanceof Unreachable || (error instanceof Refusal && error.status >= 500);
