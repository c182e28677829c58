// The desk's session: kept apart from the resident's, shared by this browser's tabs, renewed by one of them at a time.

import { ask, randomId, Refusal, send, serverNow } from "../kit.js";
import { change, exclusively, read } from "../resident/keeping.js";

const KEPT_AS = "desk-session";
const INSTALLATION = "suixing.desk-installation";
const RENEW_AHEAD_MS = 20_000;
const IDLE_MS = 900_000;

const channel = new BroadcastChannel("suixing.desk-session");
const listeners = new Set();

/** The session is over: `reason` is the refusal's slug, or how it was ended here. */
export class SessionEnded extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

function tell(reason, everywhere = true) {
  for (const listener of listeners) listener(reason);
  if (everywhere) channel.postMessage(reason);
}
channel.onmessage = (event) => tell(event.data, false);

/** Calls back with "opened", or with why it ended, in any tab. */
export function onSession(listener) {
  listeners.add(listener);
}

/** The session kept here, or undefined. */
export function getSession() {
  return read(KEPT_AS);
}

/** This browser's own installation of the desk, made once; its person lets it in from their phone. */
export function deskInstallation() {
  let id = localStorage.getItem(INSTALLATION);
  if (!id) {
    id = randomId();
    localStorage.setItem(INSTALLATION, id);
  }
  return id;
}

function shaped(answer, idle) {
  const { access_token, expires_at, refresh_token } = answer;
  return { access_token, expires_at, refresh_token, idle };
}

/** Keeps the tokens of a session that bears roles, and opens the desk in all tabs. */
export async function keepSession(answer) {
  const idle = answer.idle_until ? Date.parse(answer.idle_until) - serverNow() : IDLE_MS;
  await change(KEPT_AS, () => shaped(answer, Math.round(idle / 1000) * 1000));
  tell("opened");
}

async function forget(session, reason) {
  const left = await change(KEPT_AS, (kept) => (kept?.refresh_token === session.refresh_token ? undefined : kept));
  if (!left) tell(reason);
}

async function renew(stale) {
  return exclusively("suixing.desk-renewal", async () => {
    const kept = await getSession();
    if (!kept) throw new SessionEnded("signed-out");
    // Another tab was here first: an old refresh token must never be sent, it would end the session.
    if (kept.refresh_token !== stale.refresh_token) return kept;
    try {
      const fresh = shaped(await ask("POST", "/v1/sessions/refresh", { json: { refresh_token: kept.refresh_token } }), kept.idle);
      await change(KEPT_AS, () => fresh);
      return fresh;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      await forget(kept, error.slug);
      throw new SessionEnded(error.slug);
    }
  });
}

async function usable() {
  const session = await getSession();
  if (!session) throw new SessionEnded("signed-out");
  return Date.parse(session.expires_at) - serverNow() < RENEW_AHEAD_MS ? renew(session) : session;
}

/** Asks as staff, renewing the session where it is needed; returns the answer's JSON, or null. */
export async function askAsStaff(method, path, json) {
  const options = json === undefined ? {} : { json };
  const session = await usable();
  try {
    return await ask(method, path, { ...options, token: session.access_token });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    const fresh = await renew(session);
    return ask(method, path, { ...options, token: fresh.access_token });
  }
}

/** Sends as staff what answers no JSON: a drawing, a PDF. */
export async function sendAsStaff(method, path, options) {
  const session = await usable();
  try {
    return await send(method, path, { ...options, token: session.access_token });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    const fresh = await renew(session);
    return send(method, path, { ...options, token: fresh.access_token });
  }
}

/** One page of a list. */
export function askPage(path, query = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return askAsStaff("GET", asked.size ? `${path}?${asked}` : path);
}

/** Ends a session at the server by its own token, where it can be reached. */
export async function endAtServer(token) {
  const { items } = await ask("GET", "/v1/me/sessions", { token });
  const own = items.find((item) => item.current);
  if (own) await send("DELETE", `/v1/me/sessions/${own.id}`, { token });
}

/** Ends this session at the server, then here; here in any case. */
export async function closeSession(reason) {
  const session = await getSession();
  if (!session) return;
  try {
    await endAtServer((await usable()).access_token);
  } catch {
    // It ends by itself before long; here it ends now.
  } finally {
    const last = await getSession();
    if (last) await forget(last, reason);
  }
}
