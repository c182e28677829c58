// Asks the server, and turns whatever goes wrong into one of two errors: it refused, or it could not be reached.

import { noteAnswer, sendingMoment } from "./clock.js";
import { language } from "./language.js";

/** The server understood and refused: a problem document (RFC 9457). */
export class Refusal extends Error {
  constructor(response, problem) {
    super(problem.title ?? response.statusText);
    this.status = response.status;
    this.slug = String(problem.type ?? "internal").split("/").pop();
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.next = problem.next ?? "";
    this.requestId = problem.request_id ?? response.headers.get("X-Request-ID") ?? "";
    this.errors = problem.errors ?? [];
    this.retryAfter = Number(response.headers.get("Retry-After")) || 0;
  }
}

/** There was no answer, or none from the server itself. Nothing is known about what it did. */
export class Unreachable extends Error {}

const DEFAULT_PATIENCE_MS = 10_000;

function deadline(patience, signal) {
  if (!patience) return { signal, clear: () => {} };
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), patience);
  if (signal?.aborted) control.abort();
  signal?.addEventListener("abort", () => control.abort(), { once: true });
  return { signal: control.signal, clear: () => clearTimeout(timer) };
}

async function refusalFrom(response) {
  const kind = response.headers.get("Content-Type") ?? "";
  if (!kind.includes("json")) {
    // A gateway in between answered, not the server.
    if (response.status >= 502 && response.status <= 504) return new Unreachable(`status ${response.status}`);
    return new Refusal(response, {});
  }
  return new Refusal(response, await response.json().catch(() => ({})));
}

function headersFor({ token, accept, type, headers }) {
  const made = { Accept: accept ?? "application/json", "Accept-Language": language(), ...headers };
  if (token) made.Authorization = `Bearer ${token}`;
  if (type) made["Content-Type"] = type;
  return made;
}

/** Sends a request and returns its successful response; throws Refusal or Unreachable. */
export async function send(method, path, options = {}) {
  const { json, body, patience = DEFAULT_PATIENCE_MS, signal } = options;
  const type = json === undefined ? options.type : "application/json";
  const limit = deadline(patience, signal);
  const sentAt = sendingMoment();
  let response;
  try {
    response = await fetch(path, {
      method, headers: headersFor({ ...options, type }), body: json === undefined ? body : JSON.stringify(json),
      signal: limit.signal, cache: "no-store", credentials: "omit",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  } finally {
    limit.clear();
  }
  noteAnswer(sentAt, response.headers.get("Date"));
  if (!response.ok) throw await refusalFrom(response);
  return response;
}

/** Sends a request and returns the JSON it answers, or null where it answers nothing. */
export async function ask(method, path, options = {}) {
  const response = await send(method, path, options);
  const text = await response.text().catch((error) => { throw new Unreachable(String(error)); });
  return text ? JSON.parse(text) : null;
}
