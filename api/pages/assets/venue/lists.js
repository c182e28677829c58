// The lists by which this device verifies without a network: held in IndexedDB, fetched anew while the server is there.

import { Refusal, send } from "../kit.js";
import { ListRefused } from "../kit/codes/refusal.js";
import { readStatusList } from "../kit/codes/status.js";
import { readTrustList } from "../kit/codes/trust.js";
import { keep, readKept } from "./ledger.js";

const KEPT_AS = "lists";
const PATIENCE_MS = 15_000;

// What changed since `etag`: {text, etag}, or null where nothing did.
async function fetchChanged(path, held, accept) {
  const headers = held?.etag ? { "If-None-Match": held.etag } : {};
  try {
    const response = await send("GET", path, { accept, headers, patience: PATIENCE_MS });
    return { text: await response.text(), etag: response.headers.get("ETag") };
  } catch (error) {
    if (error instanceof Refusal && error.status === 304) return null;
    throw error;
  }
}

/** Trust list and status lists, as this device last accepted them. */
export class Lists {
  #now;
  #kept = { trust: null, status: {} };
  trust = null;
  #status = new Map();

  /** `now` says the server's time as well as it is known. */
  constructor(now) {
    this.#now = now;
  }

  /** Whether there is anything to verify by. */
  get held() {
    return this.trust !== null;
  }

  /** Reads what is kept on this device; it was verified when it came, and is as good as it was then. */
  async load() {
    const kept = await readKept(KEPT_AS);
    if (!kept?.trust) return;
    this.#kept = kept;
    this.trust = await readTrustList(kept.trust.text, { now: kept.trust.acceptedAt });
    for (const [id, one] of Object.entries(kept.status)) this.#status.set(id, await this.#read(one, one.acceptedAt));
  }

  /** Fetches what has changed. The root that the first list descended from is pinned: no other one is taken after it. */
  async refresh() {
    await this.#refreshTrust();
    await keep(KEPT_AS, this.#kept);
    await this.#refreshStatus();
    await keep(KEPT_AS, this.#kept);
  }

  async #refreshTrust() {
    const held = this.#kept.trust;
    const changed = await fetchChanged("/v1/trust-list", held, "*/*");
    if (!changed) return;
    const now = this.#now();
    this.trust = await readTrustList(changed.text, { now, rootFingerprint: held?.root ?? null, atLeast: held?.sequence ?? null });
    this.#kept.trust = { ...changed, acceptedAt: now, sequence: this.trust.sequence, root: this.trust.rootFingerprint };
  }

  async #refreshStatus() {
    const response = await send("GET", "/v1/status-lists", { patience: PATIENCE_MS });
    const { items } = await response.json();
    const status = {};
    for (const { id, uri } of items) {
      status[id] = await this.#refreshOne(String(id), uri);
    }
    // A list that is named no more has outlived all that stands in it.
    for (const id of this.#status.keys()) if (!(id in status)) this.#status.delete(id);
    this.#kept = { ...this.#kept, status };
  }

  async #refreshOne(id, uri) {
    if (!uri.endsWith(`/v1/status-lists/${id}`)) throw new ListRefused("status-list-of-another", "A list of another number.");
    const held = this.#kept.status[id];
    const changed = await fetchChanged(`/v1/status-lists/${id}`, held, "application/statuslist+jwt");
    if (!changed) return held;
    const now = this.#now();
    const one = { ...changed, uri, acceptedAt: now };
    const list = await this.#read(one, now);
    if (held && list.issuedAt < this.#status.get(id).issuedAt) throw new ListRefused("status-list-older-than-held", "A newer list was seen before.");
    this.#status.set(id, list);
    return one;
  }

  #read({ text, uri }, now) {
    return readStatusList(text, this.trust, { now, province: this.trust.province, uri });
  }

  /** The status list that a code names, or null where it is not held. */
  statusList(code) {
    return this.#status.get(String(code.status.list)) ?? null;
  }

  /** How old the lists are: since when the oldest stands, and until when all are good. */
  age() {
    if (!this.trust) return null;
    const all = [this.trust, ...this.#status.values()];
    return { issuedAt: Math.min(...all.map((one) => one.issuedAt)), expiresAt: Math.min(...all.map((one) => one.expiresAt)) };
  }
}
