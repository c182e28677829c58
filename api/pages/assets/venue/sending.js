// Sends the journal when the server is back, in batches and in order, and keeps what became of each entry.

import { countWaiting, readSettled, readWaiting, settle } from "./ledger.js";
import { writeTime } from "./journal.js";
import { askAsScanner } from "./scanner.js";

const MOST = 500;
const PATIENCE_MS = 30_000;
const TOLD_FOR_MS = 24 * 3600_000;

function wire({ id, sequence, previous, code, scanned_at: scannedAt, outcome, signature }) {
  return { id, sequence, previous, code, scanned_at: scannedAt, outcome, signature };
}

async function sendBatch(scanner, batch) {
  const { items } = await askAsScanner("POST", "/v1/scans/batch", scanner, {
    json: { sent_at: writeTime(Date.now()), scans: batch.map(wire) }, patience: PATIENCE_MS,
  });
  const results = new Map(items.map(({ id, ...result }) => [id, result]));
  await settle(scanner.id, batch.filter(({ id }) => results.has(id)).map(({ id, sequence }) => [sequence, results.get(id)]), Date.now());
  return results;
}

/** Sends all that waits; answers the results by entry id. Throws what the server refuses, or that it is not there. */
export async function sendJournal(scanner) {
  const found = new Map();
  for (;;) {
    const batch = await readWaiting(scanner.id, MOST);
    if (!batch.length) return found;
    const results = await sendBatch(scanner, batch);
    // An answer that settles nothing would be asked for again without end.
    if (!batch.some(({ id }) => results.has(id))) throw new TypeError("the server settled no entry");
    for (const [id, result] of results) found.set(id, result);
  }
}

/** What is there to tell of the journal: how many entries wait, and how those of the last day were settled. */
export async function readStanding(scanner) {
  const [waiting, settled] = await Promise.all([countWaiting(scanner.id), readSettled(scanner.id, Date.now() - TOLD_FOR_MS)]);
  const of = (result) => settled.filter((entry) => entry.result.result === result);
  return { waiting, accepted: of("accepted").length + of("duplicate").length, conflicts: of("conflict"), refused: of("refused") };
}
