// SD-JWT credentials on the phone (RFC 9901): what of one is disclosed, and the proof that this phone's key shows it.

import { fromBase64url, fromText, hash, toBase64url, toText } from "../../kit/codes/bytes.js";

const SIGNING = { name: "ECDSA", hash: "SHA-256" };

const encode = (value) => toBase64url(fromText(JSON.stringify(value)));

// A disclosure of a member is [salt, name, value]; one of an array's element has no name (RFC 9901, section 4.2).
function nameIn(disclosure) {
  const read = JSON.parse(toText(fromBase64url(disclosure)));
  return Array.isArray(read) && read.length === 3 ? read[1] : null;
}

/** The credential with the disclosures of these names alone; it ends with a tilde, as what a key is bound to does. */
export function disclose(credential, names) {
  const [signed, ...disclosures] = credential.split("~");
  const wanted = new Set(names);
  const chosen = disclosures.filter((one) => one && wanted.has(nameIn(one)));
  return [signed, ...chosen, ""].join("~");
}

/** What was disclosed with a key binding for one request: made at `madeAt`, in milliseconds since 1970 (RFC 9901, section 4.3). */
export async function bind(disclosed, privateKey, { nonce, audience }, madeAt) {
  const header = encode({ alg: "ES256", typ: "kb+jwt" });
  const payload = encode({ iat: Math.floor(madeAt / 1000), aud: audience, nonce, sd_hash: toBase64url(await hash(fromText(disclosed))) });
  const signature = await crypto.subtle.sign(SIGNING, privateKey, fromText(`${header}.${payload}`));
  return `${disclosed}${header}.${payload}.${toBase64url(signature)}`;
}
