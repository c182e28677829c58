// Whose code is shown: one's own, a company's that one acts for, or a relative's whom one cares for.

import { Refusal, serverNow, t, Unreachable } from "../kit.js";
import { change, read } from "./keeping.js";
import { askAsResident, getSession, SESSION, SUBJECTS } from "./session.js";

/** One's own code. */
export const MINE = { kind: "personal" };

/** In which order the kinds stand. */
export const KINDS = ["personal", "enterprise", "care"];

/** A name for a subject, one of its own in this browser. */
export function nameOf({ kind, id }) {
  return id ? `${kind}:${id}` : kind;
}

/** What a request says of a subject. */
export function wireOf({ kind, id }) {
  if (kind === "enterprise") return { kind, delegation_id: id };
  if (kind === "care") return { kind, relative_id: id };
  return { kind };
}

/** Of these, who may hold licences: oneself and companies. */
export function holders(subjects) {
  return subjects.filter((one) => one.kind !== "care");
}

// An older server has no such list: then there is none of this kind.
async function list(path) {
  try {
    return (await askAsResident("GET", path)).items;
  } catch (error) {
    if (error instanceof Refusal && (error.status === 404 || error.status === 403)) return [];
    throw error;
  }
}

function companies(items) {
  const now = serverNow();
  const good = (one) => Date.parse(one.starts_at) <= now && !(Date.parse(one.ends_at) <= now);
  // Whoever was let do some things alone sees the licences of these.
  const limited = (one) => one.authority === "delegate" && !one.scopes?.includes("all");
  return items.filter(good).map((one) => ({ kind: "enterprise", id: one.delegation_id, name: one.name, detail: t(`authority.${one.authority}`), limited: limited(one) }));
}

function relatives(items) {
  const shown = items.filter((one) => one.part === "shows" && !one.resting);
  return shown.map((one) => ({ kind: "care", id: one.id, name: one.masked_name ?? t(`kinship.${one.kinship}`), detail: t(`kinship.${one.kinship}`) }));
}

/** All that the resident may show; without a network, what there was when there was one. */
export async function loadSubjects() {
  const session = await getSession();
  // Who has not proven themself here shows nobody's code, and the lists would only be refused.
  if (session?.assurance !== "verified") return [MINE];
  let others;
  try {
    others = [...companies(await list("/v1/me/enterprises")), ...relatives(await list("/v1/me/relatives"))];
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refusal)) throw error;
    const kept = await read(SUBJECTS);
    return [MINE, ...(kept?.resident_id === session?.resident_id ? kept?.others ?? [] : [])];
  }
  await change(SUBJECTS, (kept, now) => {
    if (!now || now.resident_id !== session?.resident_id) return kept;
    return { resident_id: now.resident_id, chosen: kept?.chosen, others };
  }, SESSION);
  return [MINE, ...others];
}

/** What is kept of the last visit: the subjects, and the one that was chosen last. */
export async function keptSubjects() {
  const kept = await read(SUBJECTS);
  const all = [MINE, ...(kept?.others ?? [])];
  return { all, chosen: all.find((one) => nameOf(one) === kept?.chosen) ?? MINE };
}

/** Remembers which one is shown. */
export function keepChoice(subject) {
  return change(SUBJECTS, (kept, session) => session && { others: [], ...kept, resident_id: session.resident_id, chosen: nameOf(subject) }, SESSION);
}
