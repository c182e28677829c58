// Reads DER (X.690), as far as certificates of ours need it.

const CONSTRUCTED = 0x20;

function readLength(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return { length: first, from: at + 1 };
  const count = first & 0x7f;
  if (count < 1 || count > 3 || at + count >= bytes.length) throw new SyntaxError("a length that is none");
  let length = 0;
  for (let place = 1; place <= count; place += 1) length = length * 256 + bytes[at + place];
  if (length < 0x80 || length < 256 ** (count - 1)) throw new SyntaxError("not the shortest length");
  return { length, from: at + 1 + count };
}

function readAt(bytes, at) {
  if (at + 1 >= bytes.length || (bytes[at] & 0x1f) === 0x1f) throw new SyntaxError("no element that we know");
  const { length, from } = readLength(bytes, at + 1);
  const to = from + length;
  if (to > bytes.length) throw new SyntaxError("cut short");
  return { tag: bytes[at], content: bytes.subarray(from, to), whole: bytes.subarray(at, to), to };
}

/** The one element that these bytes are: {tag, content, whole}; throws SyntaxError for anything else. */
export function readOne(bytes) {
  const element = readAt(bytes, 0);
  if (element.to !== bytes.length) throw new SyntaxError("something stands behind it");
  return element;
}

/** The elements within a constructed one. */
export function readAll(element) {
  if (!(element.tag & CONSTRUCTED)) throw new SyntaxError("not a constructed element");
  const found = [];
  for (let at = 0; at < element.content.length;) {
    const next = readAt(element.content, at);
    found.push(next);
    at = next.to;
  }
  return found;
}
