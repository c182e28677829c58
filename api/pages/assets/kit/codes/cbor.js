// Reads CBOR in its one deterministic encoding (RFC 8949, section 4.2.1), as far as codes can hold it.
//
// Good codes are never parsed: their bytes are compared. This is for saying what is wrong with one that differs.

import { equal, toText } from "./bytes.js";

const DEEPEST = 8;
const SIMPLE = new Map([[20, false], [21, true], [22, null]]);

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(length) {
    if (this.at + length > this.bytes.length) throw new SyntaxError("cut short");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  // The number in a head: the shortest of its encodings, or it is not the one.
  number(info) {
    if (info < 24) return info;
    if (info > 27) throw new SyntaxError("not of a definite length");
    const length = 2 ** (info - 24);
    const number = this.take(length).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    if (number < (length === 1 ? 24n : 256n ** BigInt(length / 2))) throw new SyntaxError("not the shortest encoding");
    return number <= Number.MAX_SAFE_INTEGER ? Number(number) : number;
  }

  value(depth = 0) {
    if (depth > DEEPEST) throw new SyntaxError("too deep");
    const [head] = this.take(1);
    const type = head >> 5;
    const info = head & 31;
    if (type === 7) return this.simple(info);
    const number = this.number(info);
    if (type === 0) return number;
    if (type === 1) return typeof number === "bigint" ? -1n - number : -1 - number;
    if (type === 2) return this.take(Number(number));
    if (type === 3) return toText(this.take(Number(number)));
    if (type === 6) return { tag: number, value: this.value(depth + 1) };
    return type === 4 ? this.list(number, depth) : this.map(number, depth);
  }

  simple(info) {
    if (!SIMPLE.has(info)) throw new SyntaxError("no value that codes have");
    return SIMPLE.get(info);
  }

  list(length, depth) {
    const items = [];
    while (items.length < length) items.push(this.value(depth + 1));
    return items;
  }

  map(length, depth) {
    const found = new Map();
    let before = null;
    while (found.size < length) {
      const from = this.at;
      const key = this.value(depth + 1);
      const encoded = this.bytes.subarray(from, this.at);
      if (before && !precedes(before, encoded)) throw new SyntaxError("keys out of order, or twice");
      before = encoded;
      found.set(key, this.value(depth + 1));
    }
    return found;
  }
}

function precedes(one, other) {
  if (one.length !== other.length) return one.length < other.length;
  const differs = one.findIndex((byte, at) => byte !== other[at]);
  return !equal(one, other) && one[differs] < other[differs];
}

/** The one value that these bytes encode: Map, Array, Uint8Array, {tag, value} …; throws SyntaxError for anything else. */
export function load(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (reader.at !== bytes.length) throw new SyntaxError("something stands behind it");
  return value;
}
