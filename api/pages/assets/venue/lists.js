// The lists by which this device verifies without a network: held in IndexedDB, fetched anew while the server is there.

import { ask, Refusal, send } from "../kit.js";
import { applyStatusDelta } from "../kit/codes/deltas.js";
import { ListRefused } from "../kit/codes/refusal.js";
import { readStatusList } from "../kit/codes/status.js";
import { readTrustList } from "../kit/codes/trust.js";
import { drop, keep, LISTS, readKept } from "./ledger.js";

const TRUST = `${LISTS}trust`;
const NAMED = `${LISTS}named`;
const PATIENCE_MS = 15_000;
const JWT = "application/statuslist+jwt";
const DELTA = "application/suixing-status-delta+jwt";

// What changed since `etag`: {text, etag, type}, or null where nothing did.
async function fetchChanged(path, etag, accept) {
  const headers = etag ? { "If-None-Match": etag } : {};
  try {
    const response = await send("GET", path, { accept, headers, patience: PATIENCE_MS });
    return { text: await response.text(), etag: response.headers.get("ETag"), type: response.headers.get("Content-Type") ?? "" };
  } catch (error) {
    if (error instanceof Refusal && error.status === 304) return null;
    throw error;
  }
}

const keptAs = (id) => `${LISTS}status:${id}`;

/** Trust list and status lists, as this device last accepted them. */
export class Lists {
  #now;
  #held = null;
  #status = new Map();
  trust = null;

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
    const held = await readKept(TRUST);
    if (!held) return;
    for (const id of (await readKept(NAMED)) ?? []) this.#status.set(id, await readKept(keptAs(id)));
    this.trust = await readTrustList(held.text, { now: held.acceptedAt });
    this.#held = held;
  }

  /** Fetches what has changed. The root that the first list descended from is pinned: no other one is taken after it. */
  async refresh() {
    await this.#refreshTrust();
    await this.#refreshStatus();
  }

  async #refreshTrust() {
    const held = this.#held;
    const changed = await fetchChanged("/v1/trust-list", held?.etag, "*/*");
    if (!changed) return;
    const now = this.#now();
    const trust = await readTrustList(changed.text, { now, rootFingerprint: held?.root ?? null, atLeast: held?.sequence ?? null });
    const { text, etag } = changed;
    this.#held = { text, etag, acceptedAt: now, sequence: trust.sequence, root: trust.rootFingerprint };
    await keep(TRUST, this.#held);
    this.trust = trust;
  }

  async #refreshStatus() {
    const { items } = await ask("GET", "/v1/status-lists", { patience: PATIENCE_MS });
    for (const { id, uri } of items) await this.#refreshOne(String(id), uri);
    const named = items.map(({ id }) => String(id));
    // A list that is named no more has outlived all that stands in it.
    for (const id of [...this.#status.keys()].filter((one) => !named.includes(one))) {
      this.#status.delete(id);
      await drop(keptAs(id));
    }
    await keep(NAMED, named);
  }

  async #refreshOne(id, uri) {
    if (!uri.endsWith(`/v1/status-lists/${id}`)) throw new ListRefused("status-list-of-another", "A list of another number.");
    const fresh = await this.#fetchList(id, uri, this.#status.get(id) ?? null);
    if (!fresh) return;
    await keep(keptAs(id), fresh);
    this.#status.set(id, fresh);
  }

  // The list anew, by what was added since the one that is held where the server offers it; null where nothing changed.
  async #fetchList(id, uri, held) {
    const since = held ? `?since=${held.list.issuedAt / 1000}` : "";
    const changed = await fetchChanged(`/v1/status-lists/${id}${since}`, held?.etag, JWT);
    if (!changed) return null;
    try {
      const list = await this.#read(changed, uri, held?.list);
      if (held && list.issuedAt < held.list.issuedAt) throw new ListRefused("status-list-older-than-held", "A newer list was seen before.");
      return { list, etag: changed.etag };
    } catch (error) {
      if (error.slug === "status-delta-of-another") return this.#fetchList(id, uri, null);
      throw error;
    }
  }

  #read({ text, type }, uri, held) {
    const given = { now: this.#now(), province: this.trust.province };
    return type.startsWith(DELTA) ? applyStatusDelta(text, held, this.trust, given) : readStatusList(text, this.trust, { ...given, uri });
  }

  /** The status list that a code names, or null where it is not held. */
  statusList(code) {
    return this.#status.get(String(code.status.list))?.list ?? null;
  }

  /** How old the lists are: since when the oldest stands, and until when all are good. */
  age() {
    if (!this.trust) return null;
    const all = [this.trust, ...[...this.#status.values()].map(({ list }) => list)];
    return { issuedAt: Math.min(...all.map((one) => one.issuedAt)), expiresAt: Math.min(...all.map((one) => one.expiresAt)) };
  }
}
