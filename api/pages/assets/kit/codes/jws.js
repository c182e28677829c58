// Compact JWS (RFC 7515): taken apart, and its parts read as JSON. Verifying is for whoever knows the key.

import { fromBase64url, fromText, toText } from "./bytes.js";

/** {header, payload, signature, signed}, of which `payload` is still bytes; throws SyntaxError where it is none. */
export function takeApart(text) {
  const parts = text.trim().split(".");
  if (parts.length !== 3) throw new SyntaxError("not a compact JWS");
  const [header, payload, signature] = parts.map(fromBase64url);
  const read = JSON.parse(toText(header));
  // What must be understood and is not known here would change what the signature means.
  if (typeof read !== "object" || read === null || "crit" in read) throw new SyntaxError("not a header as ours are");
  return { header: read, payload, signature, signed: fromText(`${parts[0]}.${parts[1]}`) };
}
