// Points of P-256: a certificate holds a key as its x and the sign of its y, and WebCrypto wants both.

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function toNumber(bytes) {
  return bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}

function toBytes(number) {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * (31 - at))) & 0xffn));
}

function power(base, exponent) {
  let result = 1n;
  for (let left = exponent, square = base; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** The uncompressed point (SEC 1, section 2.3.4) of an x and whether its y is odd, or null where no point has that x. */
export function decompress(x, isOdd) {
  const across = toNumber(x);
  if (across >= P) return null;
  const square = (((across * across - 3n) % P + P) * across + B) % P;
  // P is 3 modulo 4, so this is the square root wherever there is one.
  const root = power(square, (P + 1n) / 4n);
  if ((root * root) % P !== square) return null;
  if (root === 0n && isOdd) return null;
  const up = (root & 1n) === (isOdd ? 1n : 0n) ? root : P - root;
  return Uint8Array.of(4, ...x, ...toBytes(up));
}
