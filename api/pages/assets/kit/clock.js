// The server's clock, as well as it can be known here: phones are often minutes wrong, and a code lives for one.

// What the server's Date headers allow its clock to be ahead of this one, in milliseconds.
let least = -Infinity;
let most = Infinity;
// What is assumed before the server's first word.
let assumed = 0;
let anchor = { wall: Date.now(), steady: performance.now() };

// The larger of two measures of time passed: one stops while a phone sleeps, the other follows its owner's settings.
function here() {
  const passed = Math.max(Date.now() - anchor.wall, performance.now() - anchor.steady);
  return anchor.wall + passed;
}

/** Takes the moment at which a request is sent, for `noteAnswer`. */
export function sendingMoment() {
  return here();
}

/** Learns from an answer's Date header, which is cut to the second: somewhere in that second the server answered. */
export function noteAnswer(sentAt, dateHeader) {
  const second = Date.parse(dateHeader ?? "");
  if (Number.isNaN(second)) return;
  const low = second - here();
  const high = second + 1000 - sentAt;
  if (low > most || high < least) {
    // A clock was set meanwhile: what was known no longer holds.
    anchor = { wall: Date.now(), steady: performance.now() };
    least = second - anchor.wall;
    most = least + 1000;
    return;
  }
  least = Math.max(least, low);
  most = Math.min(most, high);
}

/** By how many milliseconds the server's clock is ahead of this one, or null where it has not been heard yet. */
export function aheadOfHere() {
  return least === -Infinity ? null : here() + (least + most) / 2 - Date.now();
}

/** Assumes so much until the server is heard: what was known at the last visit is better than nothing. */
export function assumeAhead(milliseconds) {
  assumed = milliseconds;
}

/** The server's time now, in milliseconds since 1970. */
export function serverNow() {
  return here() + (least === -Infinity ? assumed : (least + most) / 2);
}

/** Whole seconds until a time on the server's clock, never negative. */
export function secondsUntil(time) {
  return Math.max(0, Math.ceil((time - serverNow()) / 1000));
}
