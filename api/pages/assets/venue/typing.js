// A hand scanner is a keyboard that types very fast. This makes its typing arrive whole, whatever has the focus.

const PAUSE_MS = 220;
// No person types characters this close together; no hand scanner is slower.
const FAST_MS = 60;
const PASTED_AT_LEAST = 4;

/** The text as the code holds it: an input method's full-width characters made plain, line ends gone, spaces kept (Base45 has them). */
export function plain(text) {
  return text.replace(/[\r\n\t]/g, "").replace(/\u3000/g, " ")
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}

/** Watches an input and calls `onText` with what was scanned, typed or pasted into it. */
export class TypedCodes {
  #input;
  #onText;
  #timer = null;
  #lastAt = 0;
  #length = 0;
  #fast = false;

  constructor(input, onText) {
    this.#input = input;
    this.#onText = onText;
    input.addEventListener("input", (event) => this.#onInput(event));
    input.addEventListener("compositionend", () => this.#onInput({ isComposing: false }));
    input.addEventListener("keydown", (event) => this.#onKey(event));
  }

  start() {
    document.addEventListener("keydown", this.#catch);
    this.focus();
  }

  stop() {
    clearTimeout(this.#timer);
    document.removeEventListener("keydown", this.#catch);
  }

  focus() {
    if (!document.querySelector("dialog[open]")) this.#input.focus({ preventScroll: true });
  }

  /** Hands over what is in the input now. */
  submit() {
    clearTimeout(this.#timer);
    const text = plain(this.#input.value);
    this.#input.value = "";
    this.#length = 0;
    this.#fast = false;
    if (text.trim()) this.#onText(text);
  }

  // Takes the focus as the first character comes, so that the whole code lands in the input.
  #catch = (event) => {
    const typing = event.key.length === 1 || event.key === "Process";
    const elsewhere = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    const shortcut = event.ctrlKey || event.altKey || event.metaKey || event.key === " ";
    if (typing && !elsewhere && !shortcut) this.focus();
  };

  #onKey(event) {
    // While an input method composes, Enter belongs to it; some report it as key code 229 only.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  #onInput(event) {
    clearTimeout(this.#timer);
    const now = performance.now();
    const { length } = this.#input.value;
    const pasted = length - this.#length >= PASTED_AT_LEAST;
    this.#fast = pasted || (length > 1 && now - this.#lastAt < FAST_MS);
    this.#lastAt = now;
    this.#length = length;
    if (event.isComposing || !this.#fast) return;
    this.#timer = setTimeout(() => this.submit(), PAUSE_MS);
  }
}
