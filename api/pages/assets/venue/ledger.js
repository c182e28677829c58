// What a gate must not lose, in IndexedDB: its journal, the codes it has seen, its lists. One transaction a change.
//
// Everything is by scanner, so that a device that is set up anew neither repeats a number nor sends what is another's.

const DATABASE = "suixing-gate";
/** What lists are kept under begins with this. */
export const LISTS = "list:";
/** How an entry stands in the index of what waits: to be sent, or set aside. */
export const WAITING = 1;
const ASIDE = 2;
const ALL = ["entries", "seen", "kept"];

let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      const entries = request.result.createObjectStore("entries", { keyPath: ["scanner", "sequence"] });
      // An entry that was settled has no `waiting`, and so stands in this index no more.
      entries.createIndex("waiting", ["scanner", "waiting", "sequence"]);
      entries.createIndex("settled", "settledAt");
      request.result.createObjectStore("seen", { keyPath: "token" }).createIndex("expires", "expires");
      request.result.createObjectStore("kept");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

// Runs `work` in one transaction, and resolves to what it answered once that is on the disk.
async function transact(mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(ALL, mode, { durability: "strict" });
    const [entries, seen, kept] = ALL.map((name) => transaction.objectStore(name));
    let answer;
    work({ entries, seen, kept }, (value) => { answer = value; });
    transaction.oncomplete = () => resolve(answer);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

const then = (request, next) => { request.onsuccess = () => next(request.result); };
const throughout = (scanner, before = []) => IDBKeyRange.bound([scanner, ...before], [scanner, ...before, []]);

/** What is kept under a name. */
export function readKept(name) {
  return transact("readonly", ({ kept }, answer) => then(kept.get(name), answer));
}

/** Keeps something under a name. */
export function keep(name, value) {
  return transact("readwrite", ({ kept }) => kept.put(value, name));
}

/** Keeps nothing under a name any more. */
export function drop(name) {
  return transact("readwrite", ({ kept }) => kept.delete(name));
}

/** Where a scanner's journal stands: {sequence, digest} of its last entry, or undefined before the first. */
export function readHead(scanner) {
  return readKept(`head:${scanner}`);
}

/** Goes on behind the last entry that the server has, where this device has lost its own. */
export function catchUp(scanner, head) {
  const name = `head:${scanner}`;
  return transact("readwrite", ({ kept }) => {
    then(kept.get(name), (own) => { if ((own?.sequence ?? 0) < head.sequence) kept.put(head, name); });
  });
}

/**
 * Adds an entry whose hash is `digest`, and claims the code it accepts, in one transaction.
 *
 * Answers "written"; "moved" where another tab wrote meanwhile, so that this entry follows the wrong one; "seen" where
 * the code was shown here before. Only the first changes anything.
 */
export function append(entry, digest, claim = null) {
  const name = `head:${entry.scanner}`;
  return transact("readwrite", ({ entries, seen, kept }, answer) => {
    const write = () => {
      if (claim) seen.put(claim);
      entries.add(entry);
      kept.put({ sequence: entry.sequence, digest }, name);
      answer("written");
    };
    then(kept.get(name), (head) => {
      if ((head?.sequence ?? 0) !== entry.sequence - 1) answer("moved");
      else if (!claim) write();
      else then(seen.get(claim.token), (found) => (found ? answer("seen") : write()));
    });
  });
}

/** Remembers a code that was shown here while the server was there. */
export function see(claim) {
  return transact("readwrite", ({ seen }) => seen.put(claim));
}

/** How many entries of a scanner wait to be sent. */
export function countWaiting(scanner) {
  return transact("readonly", ({ entries }, answer) => then(entries.index("waiting").count(throughout(scanner, [WAITING])), answer));
}

/** The entries that wait, the first of them first. */
export function readWaiting(scanner, most) {
  return transact("readonly", ({ entries }, answer) => then(entries.index("waiting").getAll(throughout(scanner, [WAITING]), most), answer));
}

/** How many entries of a scanner were set aside, since the server cannot read them. */
export function countAside(scanner) {
  return transact("readonly", ({ entries }, answer) => then(entries.index("waiting").count(throughout(scanner, [ASIDE])), answer));
}

/** Sets an entry aside: it is kept, and waits no more. */
export function setAside(scanner, sequence) {
  return transact("readwrite", ({ entries }) => {
    then(entries.get([scanner, sequence]), (entry) => { if (entry) entries.put({ ...entry, waiting: ASIDE }); });
  });
}

/** Has what was set aside wait again: another day's server may read it. */
export function waitAgain(scanner) {
  return transact("readwrite", ({ entries }) => {
    then(entries.index("waiting").getAll(throughout(scanner, [ASIDE])), (found) => {
      for (const entry of found) entries.put({ ...entry, waiting: WAITING });
    });
  });
}

/** Keeps what became of entries: `results` by their sequence. */
export function settle(scanner, results, now) {
  return transact("readwrite", ({ entries }) => {
    for (const [sequence, result] of results) {
      then(entries.get([scanner, sequence]), (entry) => {
        if (!entry) return;
        const { waiting, ...rest } = entry;
        entries.put({ ...rest, result, settledAt: now });
      });
    }
  });
}

/** The entries of a scanner that were settled since a moment. */
export function readSettled(scanner, since) {
  return transact("readonly", ({ entries }, answer) => {
    then(entries.index("settled").getAll(IDBKeyRange.lowerBound(since)), (found) => answer(found.filter((entry) => entry.scanner === scanner)));
  });
}

function dropAll(index, range) {
  then(index.openCursor(range), (cursor) => {
    if (!cursor) return;
    cursor.delete();
    cursor.continue();
  });
}

/** Drops codes that have ended, and entries that were settled before a moment; times in milliseconds. */
export function sweep(endedBefore, settledBefore) {
  return transact("readwrite", ({ seen, entries }) => {
    dropAll(seen.index("expires"), IDBKeyRange.upperBound(endedBefore, true));
    dropAll(entries.index("settled"), IDBKeyRange.upperBound(settledBefore, true));
  });
}

/** Drops a scanner's entries and all lists; where its journal stood stays known, so that no number is ever used twice. */
export function dropScanner(scanner) {
  return transact("readwrite", ({ entries, kept }) => {
    dropAll(entries, throughout(scanner));
    dropAll(kept, IDBKeyRange.bound(LISTS, `${LISTS}\uffff`));
  });
}
