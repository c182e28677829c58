// What every live code has around it: the ring that runs out, and a screen that does not dim meanwhile.

import { s } from "../kit.js";

/** A ring: {node, show(share)}, of which `share` is what is left, from 1 to 0. */
export function makeRing() {
  const edge = { x: 1, y: 1, width: 98, height: 98, rx: 8, pathLength: 100 };
  const left = s("rect", { ...edge, class: "ring-left", "stroke-dasharray": "100 100", "stroke-dashoffset": 0 });
  const node = s("svg", { class: "ring", viewBox: "0 0 100 100", "aria-hidden": "true" }, s("rect", { ...edge, class: "ring-track" }), left);
  return { node, show: (share) => left.setAttribute("stroke-dashoffset", String(100 - 100 * Math.min(1, Math.max(0, share)))) };
}

/** Keeps the screen awake: a phone that dims in front of the scanner is the commonest reason for a second try. */
export class Awake {
  #lock = null;

  async keep(wanted) {
    if (!wanted) {
      this.#lock?.release().catch(() => {});
      this.#lock = null;
    } else if (!this.#lock && navigator.wakeLock) {
      this.#lock = await navigator.wakeLock.request("screen").catch(() => null);
      this.#lock?.addEventListener("release", () => { this.#lock = null; });
    }
  }
}
