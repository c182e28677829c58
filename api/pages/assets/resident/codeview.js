// Draws the live code, the ring that runs out around it, and the words for every other state it can be in.

import { announce, fill, h, icon, Refusal, t, Unreachable } from "../kit.js";
import { Awake, makeRing } from "./codeframe.js";
import { KindSwitch } from "./kindswitch.js";
import { LiveCode } from "./livecode.js";
import { keepFewPhoneCodes } from "./phonecodes.js";
import { keepChoice, keptSubjects, loadSubjects, MINE, nameOf } from "./subjects.js";
import { explain } from "./words.js";

const AGAIN_AFTER_MS = 1500;
const PROVABLE = new Set(["identity-not-verified", "installation-not-approved"]);

/**
 * The code's card. `start` it when it is in the page, `stop` it when it leaves; `refresh` fetches a new code.
 * With `onLock` it has the way to lock the account on it.
 */
export class CodeCard {
  #ring = makeRing();
  #image = h("img", { class: "code-image", alt: t("code.alt"), hidden: true });
  #cover = h("div", { class: "code-cover" });
  #left = h("p", { class: "code-left number" });
  #late = h("div", { class: "code-late" });
  #button = h("button", { type: "button", class: "button quiet code-refresh", onclick: () => this.refresh() }, icon("refresh", 20), t("code.refresh"));
  #live = new LiveCode({ onState: (state) => this.#draw(state), onTick: (...given) => this.#tick(...given) });
  #awake = new Awake();
  #phase = "";
  #limited = null;

  #subject = MINE;
  #switch = new KindSwitch((subject) => this.#choose(subject));
  #title = h("h1", { id: "code-title", tabindex: "-1" }, t("code.title"));
  #whose = h("p", { class: "code-whose", hidden: true });
  #isOpen = false;
  node;

  constructor({ onLock } = {}) {
    const lock = onLock && h("button", { type: "button", class: "button danger-quiet code-lock", onclick: onLock }, icon("lock", 20), t("elder.lock"));
    this.node = h("section", { class: "card code-card", "aria-labelledby": "code-title", "data-kind": MINE.kind },
      h("div", { class: "code-head" }, this.#title, h("p", { class: "soft small" }, t("code.lead"))),
      this.#switch.node, this.#whose,
      h("div", { class: "code-frame" }, this.#ring.node, this.#image, this.#cover),
      h("div", { class: "code-foot" }, this.#left, this.#late, h("div", { class: "code-actions" }, this.#button, lock),
        h("p", { class: "soft tiny code-tip" }, t("code.bright"))));
  }

  async start() {
    this.#isOpen = true;
    const { all, chosen } = await keptSubjects();
    if (!this.#isOpen) return;
    this.#showSubject(chosen);
    this.#switch.offer(all, chosen);
    this.#live.start();
    await this.reload();
  }

  /** Asks again whose codes there are: somebody may have begun or ended something. */
  async reload() {
    const found = await loadSubjects().catch(() => null);
    if (!found || !this.#isOpen) return;
    const still = found.find((one) => nameOf(one) === nameOf(this.#subject));
    this.#switch.offer(found, still ?? MINE);
    if (!still) this.#choose(MINE);
    else this.#nameSubject(still);
    if (navigator.onLine) keepFewPhoneCodes(found.filter((one) => nameOf(one) !== nameOf(this.#subject)));
  }

  stop() {
    this.#isOpen = false;
    this.#live.stop();
    clearInterval(this.#limited);
    this.#awake.keep(false);
  }

  #choose(subject) {
    keepChoice(subject);
    this.#phase = "";
    this.#showSubject(subject);
  }

  #showSubject(subject) {
    this.#nameSubject(subject);
    this.#live.show(subject);
  }

  // Whose code it is stands above it in words; the frame's colour says it again.
  #nameSubject(subject) {
    this.#subject = subject;
    const mine = subject.kind === MINE.kind;
    this.node.dataset.kind = subject.kind;
    this.#title.textContent = t(mine ? "code.title" : `code.title.${subject.kind}`);
    this.#image.alt = mine ? t("code.alt") : t("code.alt.of", { name: subject.name });
    this.#whose.hidden = mine;
    fill(this.#whose, !mine && [h("strong", {}, subject.name), subject.detail !== subject.name && h("span", { class: "soft" }, subject.detail)]);
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
    fill(this.#late, live && state.error && this.#lateWords(state));
    fill(this.#button, icon("refresh", 20), t(state.phase === "refused" ? "code.again" : "code.refresh"));
    this.node.dataset.phase = state.phase;
    const phase = state.code?.madeHere ? "here" : state.phase;
    if (phase !== this.#phase) this.#tellPhase(state, phase);
    this.#awake.keep(live);
  }

  #lateWords({ code, error }) {
    if (!code.madeHere) return h("p", { class: "note warn small" }, icon("offline", 20), explain(error));
    const words = h("div", {}, h("p", {}, h("strong", {}, t("code.here"))), h("p", {}, t(code.left ? "code.here.left" : "code.here.last", { count: code.left })));
    return h("div", { class: "note small", "data-left": code.left }, icon("offline", 20), words);
  }

  #tellPhase(state, phase) {
    this.#phase = phase;
    if (state.phase === "live") announce(t(phase === "here" ? "code.here" : "code.ready"));
    else if (state.error) announce(`${this.#headline(state)} ${explain(state.error)}`);
  }

  #tick(code, seconds, now) {
    this.#ring.show((code.expiresAt - now) / (code.expiresAt - code.issuedAt));
    const words = t("code.left", { seconds });
    if (this.#left.textContent !== words) this.#left.textContent = words;
  }

  #headline({ phase, error }) {
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
    return [icon(name, 40), h("p", { class: "code-cover-title" }, this.#headline(state)), next,
      provable && h("a", { class: "button", href: "#/identity" }, t("code.prove"))];
  }

  #countTo(retryAt, node) {
    const step = () => { node.textContent = t("code.limited.next", { seconds: Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) }); };
    step();
    this.#limited = setInterval(step, 1000);
  }
}
