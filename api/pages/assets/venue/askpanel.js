// The panel while a question waits: on the holder's phone, or by a link that they scan; the seconds left, and the way back.

import { announce, fill, h, icon, secondsUntil, t } from "../kit.js";
import { drawQr } from "../kit/codes/drawing.js";

const pictureOf = (link) => `data:image/svg+xml,${encodeURIComponent(drawQr(link, "byte"))}`;

// The link's code; who has another wallet than this province's app scans one of its own, by OpenID4VP.
function linkCode({ link, openid4vp_link: otherLink }) {
  const code = h("img", { class: "ask-code", src: pictureOf(link), alt: t("venue.ask.code"), width: 280, height: 280 });
  if (!otherLink) return code;
  const other = h("button", { type: "button", class: "plain accent ask-other", "aria-pressed": "false", onclick: () => {
    const isOther = other.getAttribute("aria-pressed") !== "true";
    other.setAttribute("aria-pressed", String(isOther));
    code.src = pictureOf(isOther ? otherLink : link);
    other.textContent = t(isOther ? "venue.ask.own-app" : "venue.ask.other-wallet");
  } }, t("venue.ask.other-wallet"));
  return [code, other];
}

/** Shows in `verdict` that an answer is waited for, until `stop`. */
export class AskPanel {
  #asked;
  #timer;
  #left = h("span", { class: "number", role: "timer" });

  constructor(verdict, asked, { names, scanned, onWithdraw }) {
    this.#asked = asked;
    const words = t(scanned ? "venue.ask.waiting.scanned" : "venue.ask.waiting.open");
    verdict.node.dataset.outcome = "asking";
    fill(verdict.node,
      scanned ? icon("device", 72) : linkCode(asked),
      h("p", { class: "verdict-title" }, words),
      h("p", { class: "verdict-next" }, names),
      h("p", { class: "ask-left" }, icon("clock", 20), h("span", {}, t("venue.ask.left"), " ", this.#left)),
      h("div", { class: "verdict-actions" }, h("button", { type: "button", class: "button quiet", onclick: onWithdraw }, t("venue.ask.withdraw"))));
    verdict.reveal();
    announce(words);
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #tick() {
    this.#left.textContent = t("venue.ask.seconds", { seconds: secondsUntil(Date.parse(this.#asked.expires_at)) });
  }
}
