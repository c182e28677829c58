// The bytes of the four forms of code. Every field has a fixed length, so reading one is comparing and cutting.
//
// A layout is written as the bytes themselves: hexadecimal stands for itself, `name:n` for a field of n bytes, and
// `name:u8` or `name:u32` for one that is a number, big-endian. docs/codes.md explains them byte by byte.

import { equal, fromHex, fromText, join } from "./bytes.js";

// What begins each signature's input, before the protected header: Sig_structure (RFC 9052, section 4.4).
const SIGNED_HEAD = join(fromHex("846a"), fromText("Signature1"));
const LENGTHS = { u8: 1, u32: 4 };

function layout(words) {
  let size = 0;
  const parts = words.trim().split(/\s+/).map((word) => {
    const [name, type] = word.split(":");
    const literal = type === undefined ? fromHex(name) : null;
    const length = literal?.length ?? LENGTHS[type] ?? Number(type);
    const part = { name, literal, length, isNumber: type in LENGTHS, at: size };
    size += length;
    return part;
  });
  return { parts, size };
}

const SIGNATURE = "5840 signature:64";

/** `SX1:`, made by the server just now. */
export const DYNAMIC = layout(`d28449a201260444 kid:4 a05832 a5 0162 issuer:2 041a expires:u32 061a issued:u32 075818 tokenId:24 3a00011170 kind:u8 ${SIGNATURE}`);

/** `SX3:`, on paper. */
export const PAPER = layout(`d28449a201260444 kid:4 a0583d a5 0162 issuer:2 041a expires:u32 061a issued:u32 075818 tokenId:24 3a0001117183 kind:u8 1a list:u32 1a index:u32 ${SIGNATURE}`);

/** `SX4:`, a licence shown in hand. */
export const LICENCE = layout(`d28449a201260444 kid:4 a05848 a6 0162 issuer:2 041a expires:u32 061a issued:u32 075818 tokenId:24 3a00011170 kind:u8 3a0001117250 licence:16 ${SIGNATURE}`);

/** What lets a phone's key make one `SX2:` code. */
export const CERTIFICATE = layout(`d28449a201260444 kid:4 a05861 a6 0162 issuer:2 041a expires:u32 061a issued:u32 0750 handle:16 08a101a4 0102 2001 215820 x:32 22 y:u8 3a0001117183 kind:u8 1a list:u32 1a index:u32 ${SIGNATURE}`);

/** `SX2:`, made by a phone. */
export const PHONE = layout(`d28458b6a201260d certificate:${CERTIFICATE.size} a051a2 061a made:u32 0748 nonce:8 ${SIGNATURE}`);

/** The fields of bytes that have this layout, or null where they have not. */
export function unpack({ parts, size }, bytes) {
  if (bytes.length !== size) return null;
  const fields = {};
  for (const { name, literal, length, isNumber, at } of parts) {
    const piece = bytes.subarray(at, at + length);
    if (!literal) fields[name] = isNumber ? piece.reduce((number, byte) => number * 256 + byte, 0) : piece;
    else if (!equal(literal, piece)) return null;
  }
  return fields;
}

/** The bytes of fields in this layout; the other way. */
export function pack({ parts }, fields) {
  return join(...parts.map(({ name, literal, length, isNumber }) => {
    if (literal) return literal;
    if (!isNumber) return fields[name];
    return Uint8Array.from({ length }, (_, at) => Math.floor(fields[name] / 256 ** (length - 1 - at)) % 256);
  }));
}

// In each form: where the protected header stands, and where the payload does, each with its length before it.
const SIGNED = new Map([
  [DYNAMIC, [[2, 12], [13, 65]]],
  [PAPER, [[2, 12], [13, 76]]],
  [LICENCE, [[2, 12], [13, 87]]],
  [CERTIFICATE, [[2, 12], [13, 112]]],
  [PHONE, [[2, 186], [187, 205]]],
]);

/** What a code's or certificate's signature is made over. */
export function signedPart(form, bytes) {
  const [protectedHeader, payload] = SIGNED.get(form).map(([from, to]) => bytes.subarray(from, to));
  return join(SIGNED_HEAD, protectedHeader, Uint8Array.of(0x40), payload);
}
