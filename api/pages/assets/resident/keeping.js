// What this browser keeps, in IndexedDB: unlike localStorage, its transactions are ordered between tabs.

import { randomId } from "../kit.js";

const DATABASE = "suixing";
const STORE = "kept";
const LEASE_MS = 15_000;
const LEASE_POLL_MS = 150;

let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

/** Reads what is kept under a key. */
export function read(key) {
  return change(key, (kept) => kept);
}

/**
 * Changes what is kept under a key in one transaction; nothing back from `decide` removes it. Returns what is kept then.
 * `decide` is told what is kept under `beside` as well, which no other tab changes meanwhile.
 */
export async function change(key, decide, beside) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    let result;
    const other = beside === undefined ? null : store.get(beside);
    store.get(key).onsuccess = (event) => {
      const kept = event.target.result;
      result = decide(kept, other?.result);
      if (result === undefined) store.delete(key);
      else if (result !== kept) store.put(result, key);
    };
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error);
  });
}

async function withLease(name, work) {
  const owner = randomId();
  const claim = (held) => (held && held.until > Date.now() ? held : { owner, until: Date.now() + LEASE_MS });
  while ((await change(name, claim)).owner !== owner) {
    await new Promise((resolve) => { setTimeout(resolve, LEASE_POLL_MS); });
  }
  try {
    return await work();
  } finally {
    await change(name, (held) => (held?.owner === owner ? undefined : held));
  }
}

/** Runs `work` while no other tab runs its own under the same name. */
export function exclusively(name, work) {
  // Web Locks are withheld where the page came over plain HTTP; a lease does the same, a little slower.
  return navigator.locks ? navigator.locks.request(name, work) : withLease(name, work);
}
