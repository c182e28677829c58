// How a test and a stand-in talk: lines of JSON, the first of which configures it; each is answered with one.
import { createInterface } from 'node:readline';

/** Calls `begin` with the first line and `obey` with each other one; ends when standard input does. */
export function talk(begin, obey) {
  const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
  const lines = createInterface({ input: process.stdin });
  let begun = false;
  lines.on('line', (line) => {
    const told = JSON.parse(line);
    if (begun) return say(obey(told));
    begun = true;
    begin(told, say);
  });
  lines.on('close', () => process.exit(0));
}
