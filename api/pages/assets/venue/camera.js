// Codes from the camera, where the browser can read them itself.

const EVERY_MS = 150;
// The same code stays in view after its verdict; it is not a second showing.
const SAME_FOR_MS = 4000;

/** Whether this browser reads QR codes from a camera. */
export async function cameraReads() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
  const formats = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes("qr_code");
}

/** Reads codes from the camera into `onText` while it runs; shows the picture in `video`. */
export class Camera {
  #video;
  #onText;
  #stream = null;
  #timer = null;
  #last = { text: "", at: 0 };

  constructor(video, onText) {
    this.#video = video;
    this.#onText = onText;
  }

  get running() {
    return this.#stream !== null;
  }

  /** Starts; throws when the camera is missing or not allowed. */
  async start() {
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    this.#look(detector);
  }

  stop() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  async #look(detector) {
    const [found] = await detector.detect(this.#video).catch(() => []);
    if (!this.#stream) return;
    if (found?.rawValue) this.#take(found.rawValue);
    this.#timer = setTimeout(() => this.#look(detector), EVERY_MS);
  }

  #take(text) {
    const now = performance.now();
    const same = text === this.#last.text && now - this.#last.at < SAME_FOR_MS;
    this.#last = { text, at: now };
    if (!same) this.#onText(text);
  }
}
