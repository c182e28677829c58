// A licence shown in hand: its live code, when that was made, and how long it is good. Never without a network.

import { announce, clockTime, fill, h, icon, t, Unreachable } from "../../kit.js";
import { drawQr } from "../../kit/codes/drawing.js";
import { Awake, makeRing } from "../codeframe.js";
import { LiveCode, NONE_HERE } from "../livecode.js";
import { explain } from "../words.js";
import { noteUse } from "./keptwallet.js";
import { askWallet } from "./reading.js";

const AGAIN_AFTER_MS = 1500;
const FINAL = new Set([...NONE_HERE.final, "licence-not-good", "licence-not-held", "not-found"]);

async function fetchShowing({ subject, licenceId }) {
  const made = await askWallet(subject, `/licences/${licenceId}/presentations`);
  const moment = (name) => {
    const time = Date.parse(made[name]);
    if (Number.isNaN(time)) throw new Unreachable(`no ${name}`);
    return time;
  };
  const times = { issuedAt: moment("generated_at"), expiresAt: moment("expires_at"), refreshAt: moment("refresh_after") };
  return { ...times, address: URL.createObjectURL(new Blob([drawQr(made.code)], { type: "image/svg+xml" })) };
}

/** The card with the live code of one licence; `start` and `stop` it as views are. */
export class Showing {
  #ring = makeRing();
  #image = h("img", { class: "code-image", alt: t("showing.alt"), hidden: true });
  #cover = h("div", { class: "code-cover" });
  #made = h("p", { class: "showing-made number" });
  #left = h("p", { class: "code-left number" });
  #late = h("div", { class: "code-late" });
  #button = h("button", { type: "button", class: "button quiet code-refresh", onclick: () => this.refresh() }, icon("refresh", 20), t("code.refresh"));
  #live = new LiveCode({
    onState: (state) => this.#draw(state), onTick: (...given) => this.#tick(...given),
    source: { ...NONE_HERE, fetch: fetchShowing, final: FINAL },
  });
  #awake = new Awake();
  #phase = "";
  node = h("section", { class: "card code-card showing", "aria-labelledby": "showing-title", "data-kind": "licence" },
    h("h2", { class: "unseen", id: "showing-title" }, t("showing.title")),
    h("div", { class: "code-frame" }, this.#ring.node, this.#image, this.#cover),
    h("div", { class: "code-foot" }, this.#made, this.#left, this.#late, h("div", { class: "code-actions" }, this.#button),
      h("p", { class: "soft tiny code-tip" }, t("showing.once"))));

  constructor(subject, licenceId) {
    this.#live.show({ subject, licenceId });
    noteUse(licenceId).catch(() => {});
  }

  start() {
    this.#live.start();
  }

  stop() {
    this.#live.stop();
    this.#awake.keep(false);
  }

  refresh() {
    this.#button.disabled = true;
    setTimeout(() => { this.#button.disabled = false; }, AGAIN_AFTER_MS);
    return this.#live.refresh();
  }

  #draw(state) {
    const live = state.phase === "live";
    this.#image.hidden = !live;
    if (live) this.#image.src = state.code.address;
    else this.#image.removeAttribute("src");
    this.#cover.hidden = live;
    this.#made.textContent = live ? t("showing.made", { time: clockTime(state.code.issuedAt) }) : "";
    if (!live) {
      this.#ring.show(0);
      this.#left.textContent = "";
      fill(this.#cover, this.#words(state));
    }
    fill(this.#late, live && state.error && h("p", { class: "note warn small" }, icon("offline", 20), explain(state.error)));
    this.node.dataset.phase = state.phase;
    if (state.phase !== this.#phase) this.#tell(state);
    this.#awake.keep(live);
  }

  #tell(state) {
    this.#phase = state.phase;
    if (state.phase === "live") announce(t("showing.ready"));
    else if (state.error) announce(this.#reason(state.error));
  }

  #tick(code, seconds, now) {
    this.#ring.show((code.expiresAt - now) / (code.expiresAt - code.issuedAt));
    const words = t("showing.left", { seconds });
    if (this.#left.textContent !== words) this.#left.textContent = words;
  }

  #reason(error) {
    return error instanceof Unreachable ? t("showing.offline.next") : explain(error);
  }

  #words({ phase, error }) {
    if (phase === "loading") return h("p", { class: "soft" }, t("code.loading"));
    if (phase === "hidden") return h("p", { class: "soft" }, t("code.hidden"));
    const isAway = error instanceof Unreachable;
    return [icon(isAway ? "offline" : "lock", 40), h("p", { class: "code-cover-title" }, t(isAway ? "showing.offline" : "showing.refused")),
      h("p", { class: "small" }, this.#reason(error))];
  }
}
