// Base45 (RFC 9285): two bytes are three characters, the lowest first; the last byte alone is two.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE = ALPHABET.length;

/** The text of bytes. */
export function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const alone = at + 1 === bytes.length;
    let number = alone ? bytes[at] : bytes[at] * 256 + bytes[at + 1];
    for (let left = alone ? 2 : 3; left > 0; left -= 1) {
      text += ALPHABET[number % BASE];
      number = Math.floor(number / BASE);
    }
  }
  return text;
}

/** The bytes of a text; throws SyntaxError for any other text than `encode` makes. */
export function decode(text) {
  const values = Array.from(text, (character) => ALPHABET.indexOf(character));
  if (values.includes(-1) || values.length % 3 === 1) throw new SyntaxError("not Base45");
  const bytes = [];
  for (let at = 0; at < values.length; at += 3) {
    const [first, second, third] = values.slice(at, at + 3);
    const number = first + second * BASE + (third ?? 0) * BASE * BASE;
    if (number > (third === undefined ? 0xff : 0xffff)) throw new SyntaxError("not Base45: a group is too large");
    if (third !== undefined) bytes.push(number >> 8);
    bytes.push(number & 0xff);
  }
  return Uint8Array.from(bytes);
}
