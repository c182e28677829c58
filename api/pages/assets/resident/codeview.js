// Draws the live code, the ring that runs out around it, and the words for every other state it can be in.

import { announce, fill, h, icon, Refusal, s, t, Unreachable } from "../kit.js";
import { LiveCode } from "./livecode.js";
import { explain } from "./words.js";

const AGAIN_AFTER_MS = 1500;
const PROVABLE = new Set(["identity-not-verified", "installation-not-approved"]);

function ring() {
  const edge = { x: 1, y: 1, width: 98, height: 98, rx: 8, pathLength: 100 };
  const left = s("rect", { ...edge, class: "ring-left", "stroke-dasharray": "100 100", "stroke-dashoffset": 0 });
  const node = s("svg", { class: "ring", viewBox: "0 0 100 100", "aria-hidden": "true" }, s("rect", { ...edge, class: "ring-track" }), left);
  return { node, show: (share) => left.setAttribute("stroke-dashoffset", String(100 - 100 * Math.min(1, Math.max(0, share)))) };
}

/** The code's card. `start` it when it is in the page, `stop` it when it leaves; `refresh` fetches a new code. */
export class CodeCard {
  #ring = ring();
  #image = h("img", { class: "code-image", alt: t("code.alt"), hidden: true });
  #cover = h("div", { class: "code-cover" });
  #left = h("p", { class: "code-left number" });
  #late = h("div", { class: "code-late" });
  #button = h("button", { type: "button", class: "button quiet code-refresh", onclick: () => this.refresh() }, icon("refresh", 20), t("code.refresh"));
  #live = new LiveCode({ onState: (state) => this.#draw(state), onTick: (...given) => this.#tick(...given) });
  #wakeLock = null;
  #phase = "";
  #limited = null;

  node = h("section", { class: "card code-card", "aria-labelledby": "code-title" },
    h("div", { class: "code-head" }, h("h1", { id: "code-title", tabindex: "-1" }, t("code.title")),
      h("p", { class: "soft small" }, t("code.lead"))),
    h("div", { class: "code-frame" }, this.#ring.node, this.#image, this.#cover),
    h("div", { class: "code-foot" }, this.#left, this.#late, this.#button,
      h("p", { class: "soft tiny code-tip" }, t("code.bright"))));

  start() {
    this.#live.start();
  }

  stop() {
    this.#live.stop();
    clearInterval(this.#limited);
    this.#keepAwake(false);
  }

  refresh() {
    this.#button.disabled = true;
    setTimeout(() => { this.#button.disabled = false; }, AGAIN_AFTER_MS);
    return this.#live.refresh();
  }

  #draw(state) {
    const live = state.phase === "live";
    clearInterval(this.#limited);
    this.#image.hidden = !live;
    if (live) this.#image.src = state.code.address;
    else this.#image.removeAttribute("src");
    this.#cover.hidden = live;
    if (!live) {
      this.#ring.show(0);
      this.#left.textContent = "";
      fill(this.#cover, this.#words(state));
    }
    fill(this.#late, live && state.error && h("p", { class: "note warn small" }, icon("offline", 20), explain(state.error)));
    fill(this.#button, icon("refresh", 20), t(state.phase === "refused" ? "code.again" : "code.refresh"));
    this.node.dataset.phase = state.phase;
    if (state.phase !== this.#phase) this.#tellPhase(state);
    this.#keepAwake(live);
  }

  #tellPhase(state) {
    this.#phase = state.phase;
    if (state.phase === "live") announce(t("code.ready"));
    else if (state.error) announce(`${this.#title(state)} ${explain(state.error)}`);
  }

  #tick(code, seconds, now) {
    this.#ring.show((code.expiresAt - now) / (code.expiresAt - code.issuedAt));
    const words = t("code.left", { seconds });
    if (this.#left.textContent !== words) this.#left.textContent = words;
  }

  #title({ phase, error }) {
    if (phase === "refused") return t(`code.refused.${error.slug}`);
    if (phase === "limited") return t("code.limited");
    return error instanceof Refusal ? t("code.failed") : t("code.offline");
  }

  #words(state) {
    if (state.phase === "loading") return h("p", { class: "soft" }, t("code.loading"));
    if (state.phase === "hidden") return h("p", { class: "soft" }, t("code.hidden"));
    const next = h("p", { class: "small" }, explain(state.error));
    if (state.phase === "limited") this.#countTo(state.retryAt, next);
    const name = state.error instanceof Unreachable ? "offline" : state.phase === "refused" ? "lock" : "clock";
    const provable = state.phase === "refused" && PROVABLE.has(state.error.slug);
    return [icon(name, 40), h("p", { class: "code-cover-title" }, this.#title(state)), next,
      provable && h("a", { class: "button", href: "#/identity" }, t("code.prove"))];
  }

  #countTo(retryAt, node) {
    const step = () => { node.textContent = t("code.limited.next", { seconds: Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) }); };
    step();
    this.#limited = setInterval(step, 1000);
  }

  // A phone that dims in front of the scanner is the commonest reason for a second try.
  async #keepAwake(wanted) {
    if (!wanted) {
      this.#wakeLock?.release().catch(() => {});
      this.#wakeLock = null;
    } else if (!this.#wakeLock && navigator.wakeLock) {
      this.#wakeLock = await navigator.wakeLock.request("screen").catch(() => null);
      this.#wakeLock?.addEventListener("release", () => { this.#wakeLock = null; });
    }
  }
}
