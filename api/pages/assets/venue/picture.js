// Codes from pictures: chosen, dropped or pasted, and read by the server, or here where it is not to be reached.

import { askAsScanner } from "./scanner.js";

const LARGEST_SIDE = 2000;
const SMALL_ENOUGH = 1_500_000;
const PATIENCE_MS = 15_000;

// A phone's photo has ten times the pixels that a code needs.
async function reduced(file) {
  if (file.size <= SMALL_ENOUGH && /^image\/(png|jpeg|webp)$/.test(file.type)) return file;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return file;
  const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => { canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", 0.92); });
}

/** The text of the code in a picture, ours first where there are several, or null when there is none. */
export async function readPicture(file, scanner) {
  const picture = await reduced(file);
  const { items } = await askAsScanner("POST", "/v1/pictures", scanner, {
    body: picture, type: picture.type || "application/octet-stream", patience: PATIENCE_MS,
  });
  return choose(items.map((item) => item.text));
}

const choose = (texts) => texts.find((text) => /^SX\d:/.test(text)) ?? texts[0] ?? null;

/** As `readPicture`, by the browser itself, which not every one can; undefined where this one cannot. */
export async function readPictureHere(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  if (!("BarcodeDetector" in window)) return undefined;
  const found = await new window.BarcodeDetector({ formats: ["qr_code"] }).detect(bitmap).catch(() => []);
  return choose(found.map((one) => one.rawValue));
}

const firstImage = (transfer) => [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));

/** Calls `onPicture` with pictures that are dropped on the page or pasted into it. Returns how to stop. */
export function takePictures(onPicture) {
  const drop = (event) => {
    event.preventDefault();
    const file = firstImage(event.dataTransfer);
    if (file) onPicture(file);
  };
  const paste = (event) => {
    const file = firstImage(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    onPicture(file);
  };
  const allow = (event) => event.preventDefault();
  document.addEventListener("dragover", allow);
  document.addEventListener("drop", drop);
  document.addEventListener("paste", paste);
  return () => {
    document.removeEventListener("dragover", allow);
    document.removeEventListener("drop", drop);
    document.removeEventListener("paste", paste);
  };
}
