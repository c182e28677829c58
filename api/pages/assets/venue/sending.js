// Sends the journal when the server is back, in batches and in order, and keeps what became of each entry.

import { countAside, countWaiting, readSettled, readWaiting, setAside, settle } from "./ledger.js";
import { writeTime } from "./journal.js";
import { askAsScanner } from "./scanner.js";

const MOST = 500;
const PATIENCE_MS = 30_000;
const TOLD_FOR_MS = 24 * 3600_000;

function wire({ id, sequence, previous, code, scanned_at: scannedAt, outcome, signature }) {
  return { id, sequence, previous, code, scanned_at: scannedAt, outcome, signature };
}

const UNREADABLE = "invalid-request";

async function sendBatch(scanner, batch) {
  try {
    return await upload(scanner, batch);
  } catch (error) {
    if (error.slug !== UNREADABLE) throw error;
    return part(scanner, batch);
  }
}

// One entry that the server cannot read holds up none behind it: it is looked for by halves, and kept.
async function part(scanner, batch) {
  if (batch.length === 1) {
    await setAside(scanner.id, batch[0].sequence);
    return new Map([[batch[0].id, { result: "aside", slug: UNREADABLE }]]);
  }
  const middle = batch.length >> 1;
  return new Map([...(await sendBatch(scanner, batch.slice(0, middle))), ...(await sendBatch(scanner, batch.slice(middle)))]);
}

async function upload(scanner, batch) {
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

/** What is there to tell of the journal: how many entries wait or were set aside, and how those of the last day were settled. */
export async function readStanding(scanner) {
  const [waiting, aside, settled] = await Promise.all([countWaiting(scanner.id), countAside(scanner.id), readSettled(scanner.id, Date.now() - TOLD_FOR_MS)]);
  const of = (result) => settled.filter((entry) => entry.result.result === result);
  return { waiting, aside, accepted: of("accepted").length + of("duplicate").length, conflicts: of("conflict"), refused: of("refused") };
}
