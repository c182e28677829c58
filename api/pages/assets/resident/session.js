// The resident's session: kept in this browser, shared by its tabs, renewed by one tab at a time.

import { ask, randomId, Refusal, send, serverNow } from "../kit.js";
import { change, exclusively, read } from "./keeping.js";

/** Under what the session is kept, and what is kept with it and ends with it: certificates, whom codes are for, licences, the province. */
export const SESSION = "session";
export const CERTIFICATES = "certificates";
export const SUBJECTS = "subjects";
export const WALLET = "wallet";
export const WHEREABOUTS = "whereabouts";
const INSTALLATION = "suixing.installation";
const RENEW_AHEAD_MS = 20_000;

const channel = new BroadcastChannel("suixing.session");
const listeners = new Set();
const renewalListeners = new Set();

/** The session is over: the resident must log in again. `reason` is the refusal's slug, or how it was ended here. */
export class SessionEnded extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** This browser's own installation id, made once. */
export function installationId() {
  let id = localStorage.getItem(INSTALLATION);
  if (!id) {
    id = randomId();
    localStorage.setItem(INSTALLATION, id);
  }
  return id;
}

function tell(reason, everywhere = true) {
  for (const listener of listeners) listener(reason);
  if (everywhere) channel.postMessage(reason);
}
channel.onmessage = (event) => tell(event.data, false);

/** Calls back with "opened", or with why it ended, when a session begins or ends in any tab. */
export function onSession(listener) {
  listeners.add(listener);
}

/** Calls back when this tab has renewed the session: what it may do can have changed. */
export function onRenewal(listener) {
  renewalListeners.add(listener);
}

/** The session kept here, or undefined. */
export function getSession() {
  return read(SESSION);
}

function shaped(answer, installation) {
  const { access_token, expires_at, refresh_token, resident_id, assurance } = answer;
  return { access_token, expires_at, refresh_token, resident_id, assurance, installation_id: installation };
}

// What belongs to whoever was logged in is nobody else's.
async function forgetBelongings() {
  for (const name of [CERTIFICATES, SUBJECTS, WALLET, WHEREABOUTS]) await change(name, () => undefined);
}

/** Opens a session by one-time password. */
export async function openSession(installation, challengeId, otp) {
  const answer = await ask("POST", "/v1/sessions", {
    json: { grant: "otp", challenge_id: challengeId, otp, installation_id: installation },
  });
  await forgetBelongings();
  await change(SESSION, () => shaped(answer, installation));
  tell("opened");
}

/** Takes the tokens of a session that took this one's place, such as one that a second factor or a proven identity gave. */
export async function adoptSession(answer) {
  const before = await getSession();
  if (before?.resident_id !== answer.resident_id) await forgetBelongings();
  await change(SESSION, (kept) => kept && { ...kept, ...shaped(answer, kept.installation_id) });
  for (const listener of renewalListeners) listener();
}

let expected = null;

// Forgets the session unless another tab has put a newer one in its place meanwhile.
async function forget(session, reason) {
  const left = await change(SESSION, (kept) => (kept?.refresh_token === session.refresh_token ? undefined : kept));
  if (left) return;
  await forgetBelongings();
  tell(expected ?? reason);
}

async function renew(stale) {
  return exclusively("suixing.renewal", async () => {
    const kept = await getSession();
    if (!kept) throw new SessionEnded("signed-out");
    // Another tab was here first: an old refresh token must never be sent, it would end the whole family.
    if (kept.refresh_token !== stale.refresh_token) return kept;
    try {
      const answer = await ask("POST", "/v1/sessions/refresh", { json: { refresh_token: kept.refresh_token } });
      const fresh = shaped(answer, kept.installation_id);
      await change(SESSION, () => fresh);
      for (const listener of renewalListeners) listener();
      return fresh;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      await forget(kept, error.slug);
      throw new SessionEnded(error.slug);
    }
  });
}

/** Renews the session now, for one whose rights may have grown since. */
export async function renewSession() {
  const session = await getSession();
  if (!session) throw new SessionEnded("signed-out");
  await renew(session);
}

async function usable() {
  const session = await getSession();
  if (!session) throw new SessionEnded("signed-out");
  return Date.parse(session.expires_at) - serverNow() < RENEW_AHEAD_MS ? renew(session) : session;
}

/** Sends a request as the resident, renewing the session where it is needed; returns the response. */
export async function sendAsResident(method, path, options = {}) {
  const session = await usable();
  try {
    return await send(method, path, { ...options, token: session.access_token });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    const fresh = await renew(session);
    return send(method, path, { ...options, token: fresh.access_token }).catch(async (again) => {
      if (!(again instanceof Refusal) || again.status !== 401) throw again;
      await forget(fresh, again.slug);
      throw new SessionEnded(again.slug);
    });
  }
}

/** As `sendAsResident`, but returns the answer's JSON, or null. */
export async function askAsResident(method, path, options = {}) {
  const response = await sendAsResident(method, path, options);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/**
 * Asks for what ends the session at the server, and forgets it; `reason` is what the login page says of it, also where
 * another of the page's requests meets the end first.
 */
export async function endBy(reason, method, path, options) {
  expected = reason;
  try {
    await sendAsResident(method, path, options);
    const session = await getSession();
    if (session) await forget(session, reason);
  } finally {
    expected = null;
  }
}

/** Ends this session at the server, then here; here in any case. */
export async function closeSession() {
  const session = await getSession();
  if (!session) return;
  try {
    const { items } = await askAsResident("GET", "/v1/me/sessions");
    const own = items.find((item) => item.current);
    if (own) await sendAsResident("DELETE", `/v1/me/sessions/${own.id}`);
  } finally {
    const last = await getSession();
    if (last) await forget(last, "signed-out");
  }
}

/** Locks the account: every session and every code of it ends, here too. */
export function lockAccount() {
  return endBy("locked", "POST", "/v1/me/lock");
}
