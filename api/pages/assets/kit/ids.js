// Random identifiers, also where the page came over plain HTTP and crypto.randomUUID is withheld.

function write(bytes, version) {
  bytes[6] = (bytes[6] & 0x0f) | (version << 4);
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A random UUID (version 4). */
export function randomId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return write(crypto.getRandomValues(new Uint8Array(16)), 4);
}

/** A UUID that begins with its moment, in milliseconds (version 7, RFC 9562). */
export function timedId(moment) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(moment / 256 ** (5 - at)) % 256;
  return write(bytes, 7);
}
