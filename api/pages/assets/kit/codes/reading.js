// From what a scanner read to the bytes of a code: forgiving in what scanners do to a text, strict in all else.

import { decode } from "./base45.js";
import { CodeRefused } from "./refusal.js";

const LICENCE_PREFIX = "SX4:";
const PREFIXES = ["SX1:", "SX2:", "SX3:", LICENCE_PREFIX];
// Characters that are looked at, whatever was read: any real code is far shorter.
const LONGEST = 1024;
// White space of any kind, a serial scanner's framing, marks of width nothing.
const AROUND = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200b\\u2028\\u2029\\u202f\\u205f\\u3000\\x02\\x03\\ufeff]+";
const LEADING = new RegExp(`^${AROUND}`);
const TRAILING = new RegExp(`${AROUND}$`);

/** The text as the code holds it. Hand scanners add white space, lose the upper case, and type in full width. */
export function normalise(text) {
  const looked = Array.from(text.slice(0, 2 * LONGEST)).slice(0, LONGEST).join("");
  // No code ends with a space, since its last character stands for the high part of one byte: so all may go.
  return looked.replace(LEADING, "").replace(TRAILING, "").normalize("NFKC").toUpperCase();
}

/**
 * Whether a text claims to be a licence shown in hand. It is not scanned as a code but asked for (requestPresentation), and
 * only its province can say what stands in it: without a network nothing can be told but that it is one.
 */
export function isLicence(text) {
  return normalise(text).startsWith(LICENCE_PREFIX);
}

/** The prefix and the bytes behind it; throws code-not-ours or code-malformed. */
export function readText(text) {
  const plain = normalise(text);
  if (!plain) throw new CodeRefused("code-malformed", "Nothing was read.");
  const prefix = plain.slice(0, 4);
  if (!PREFIXES.includes(prefix)) throw new CodeRefused("code-not-ours", "This is not a service code.");
  if (text.length > LONGEST) throw new CodeRefused("code-malformed", "The text is far too long.");
  try {
    return { prefix, bytes: decode(plain.slice(4)) };
  } catch {
    throw new CodeRefused("code-malformed", "The code is not whole.");
  }
}
