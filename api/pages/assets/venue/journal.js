// A scanner's journal of what it scanned without a network: each entry numbered, bound to the one before, and signed.

import { timedId } from "../kit.js";
import { fromText, hash, toBase64url } from "../kit/codes/bytes.js";
import { signByDevice } from "./device.js";
import { append, readHead, WAITING } from "./ledger.js";

const FORMAT = "suixing/journal/1";
const BEGINNING = "A".repeat(43);

/** A moment as a journal writes it, in UTC with milliseconds. */
export function writeTime(moment) {
  return new Date(moment).toISOString();
}

async function makeEntry(scanner, head, { code, outcome, at }) {
  const sequence = (head?.sequence ?? 0) + 1;
  const previous = head?.digest ?? BEGINNING;
  const entry = { id: timedId(at), sequence, previous, code, scanned_at: writeTime(at), outcome };
  const signed = fromText([FORMAT, scanner.id, sequence, previous, entry.id, entry.scanned_at, outcome, code].join("\n"));
  const signature = scanner.bound ? toBase64url(await signByDevice(signed)) : null;
  return { entry: { ...entry, signature, scanner: scanner.id, waiting: WAITING }, digest: toBase64url(await hash(signed)) };
}

/**
 * Writes what was scanned, before anybody is let in; answers the entry's id, or null where the code was shown here before.
 *
 * `code` is normalised, `at` this device's own clock, `claim` the token that an acceptance uses up.
 */
export async function write(scanner, { claim = null, ...scan }) {
  for (;;) {
    const { entry, digest } = await makeEntry(scanner, await readHead(scanner.id), scan);
    const answer = await append(entry, digest, claim);
    if (answer === "written") return entry.id;
    if (answer === "seen") return null;
  }
}
