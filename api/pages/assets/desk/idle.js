// Nobody at the desk: a warning first, then it is closed.

import { h, t } from "../kit.js";

const WARN_AHEAD_MS = 60_000;
const LOOK_EVERY_MS = 1000;
const SIGNS = ["pointerdown", "keydown", "wheel", "touchstart"];
const SHARED = "suixing.desk-active";

/** Watches for whoever works here; `onIdle` is called once nobody has for `limit` milliseconds. */
export class IdleWatch {
  #limit;
  #onIdle;
  #timer = null;
  #dialog = null;

  constructor(limit, onIdle) {
    this.#limit = limit;
    this.#onIdle = onIdle;
  }

  start() {
    this.#note();
    for (const sign of SIGNS) document.addEventListener(sign, this.#note, { passive: true });
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    for (const sign of SIGNS) document.removeEventListener(sign, this.#note);
    this.#dialog?.close();
  }

  // Work in any tab counts for all of them. The warning is answered by its button alone.
  #note = () => {
    if (!this.#dialog) localStorage.setItem(SHARED, String(Date.now()));
  };

  #look() {
    const left = Number(localStorage.getItem(SHARED)) + this.#limit - Date.now();
    if (left <= 0) {
      this.stop();
      this.#onIdle();
    } else if (left > Math.min(WARN_AHEAD_MS, this.#limit / 2)) {
      this.#dialog?.close();
    } else {
      this.#warn(Math.ceil(left / 1000));
    }
  }

  #warn(seconds) {
    if (!this.#dialog) {
      const stay = h("button", { type: "button", class: "button", onclick: () => { this.#dialog.close(); } }, t("desk.idle.stay"));
      this.#dialog = h("dialog", { class: "dialog", "aria-labelledby": "idle-title", "data-idle": true }, h("div", { class: "stack" },
        h("h2", { id: "idle-title" }, t("desk.idle.title")), h("p", { class: "number" }), h("div", { class: "dialog-actions" }, stay)));
      this.#dialog.addEventListener("close", () => {
        this.#dialog.remove();
        this.#dialog = null;
        if (this.#timer) this.#note();
      });
      document.body.append(this.#dialog);
      this.#dialog.showModal();
    }
    this.#dialog.querySelector("p").textContent = t("desk.idle.text", { seconds });
  }
}
