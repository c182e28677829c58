// Bytes and the texts that stand for them.

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** A text's bytes in UTF-8. */
export function fromText(text) {
  return encoder.encode(text);
}

/** The text of bytes in UTF-8; throws where they are none. */
export function toText(bytes) {
  return decoder.decode(bytes);
}

/** Several pieces as one. */
export function join(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Whether two pieces hold the same. */
export function equal(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Lower-case hexadecimal. */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of hexadecimal, in which spaces may stand; throws for anything else. */
export function fromHex(text) {
  const plain = text.replaceAll(" ", "");
  if (!/^([0-9a-f]{2})*$/i.test(plain)) throw new SyntaxError("not hexadecimal");
  return Uint8Array.from(plain.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** The bytes of Base64 with its padding; throws for anything else. */
export function fromBase64(text) {
  if (!BASE64.test(text) || text.length % 4) throw new SyntaxError("not Base64");
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Base64url without padding (RFC 7515, section 2). */
export function toBase64url(bytes) {
  let binary = "";
  for (const byte of new Uint8Array(bytes)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The other way; throws for anything else. */
export function fromBase64url(text) {
  if (!BASE64URL.test(text)) throw new SyntaxError("not Base64url");
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat(-text.length & 3));
}

/** SHA-256. */
export async function hash(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
