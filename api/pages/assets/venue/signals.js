// What the verdict sounds and feels like: three patterns that nobody mistakes for each other.

const TONES = {
  accepted: [[880, 0, 0.12], [1318.5, 0.13, 0.22]],
  refused: [[220, 0, 0.22], [185, 0.27, 0.22], [155.6, 0.54, 0.34]],
  unchecked: [[440, 0, 0.3]],
};
const SHAKES = { accepted: [70], refused: [220, 90, 220, 90, 220], unchecked: [120, 120, 120] };

let audio = null;

/** Wakes the sound; browsers allow it only once somebody has touched the page. */
export function wakeSound() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {});
}

function play([pitch, after, length], wave) {
  const start = audio.currentTime + after;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.type = wave;
  tone.frequency.value = pitch;
  // Soft edges: a tone that is cut clicks.
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.35, start + 0.015);
  volume.gain.setValueAtTime(0.35, start + length - 0.03);
  volume.gain.linearRampToValueAtTime(0, start + length);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + length);
}

/** Sounds and shakes for an outcome: "accepted", "refused" or "unchecked". */
export function signal(outcome) {
  navigator.vibrate?.(SHAKES[outcome]);
  if (audio?.state !== "running") return;
  for (const tone of TONES[outcome]) play(tone, outcome === "refused" ? "square" : "sine");
}
