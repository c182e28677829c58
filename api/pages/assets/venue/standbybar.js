// The line that says whether the server is there, how old the lists are, and what became of the journal.

import { clockTime, dayAndTime, fill, h, has, icon, serverNow, t } from "../kit.js";
import { keptScanner } from "./scanner.js";

const hourAndMinute = (at) => clockTime(at).slice(0, 5);

function listWords(lists) {
  if (!lists) return t("standby.lists.none");
  return t("standby.lists", { since: dayAndTime(lists.issuedAt), until: dayAndTime(lists.expiresAt) });
}

function conflict(entry) {
  return h("li", {}, icon("alert", 18), h("span", {}, t("standby.conflict", { time: hourAndMinute(entry.scanned_at) })));
}

/** The station's standing, drawn anew whenever it changes. */
export class StandbyBar {
  #station;
  #shown = null;
  node = h("section", { class: "standby", hidden: true });

  constructor(station) {
    this.#station = station;
    this.node.setAttribute("aria-label", t("standby.title"));
  }

  draw() {
    const { online, lists, standing, trouble } = this.#station;
    const ended = Boolean(lists) && lists.expiresAt <= serverNow();
    const shown = JSON.stringify([online, lists, standing, trouble, ended, keptScanner()?.offline]);
    // Drawn anew, an alert would be read out again.
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.node.hidden = false;
    this.node.dataset.state = ended ? "ended" : online ? "online" : "offline";
    fill(this.node, h("p", { class: "standby-line" }, icon(online ? "check" : "offline", 20),
      h("span", {}, h("strong", {}, t(online ? "standby.online" : "standby.offline")), " ", h("span", { class: "small" }, listWords(lists)))),
      ended && this.#loudly(), this.#journal(standing),
      trouble && h("p", { class: "small" }, t("standby.trouble", { why: has(`refusal.${trouble}.title`) ? t(`refusal.${trouble}.title`) : trouble })));
  }

  // Past the lists' life the venue has decided what to do, and whoever stands at the gate must know.
  #loudly() {
    const { offline, strict } = keptScanner() ?? {};
    const goesOn = offline?.policy === "warn" && !strict;
    return h("p", { class: "standby-loud", role: "alert" }, icon("alert", 28), h("span", {}, t(goesOn ? "standby.ended.warn" : "standby.ended.refuse")));
  }

  #journal({ waiting, aside, accepted, conflicts, refused }) {
    const lines = [
      waiting > 0 && t("standby.waiting", { count: waiting }), accepted > 0 && t("standby.accepted", { count: accepted }),
      refused.length > 0 && t("standby.refused", { count: refused.length }),
    ].filter(Boolean);
    return [
      aside > 0 && h("p", { class: "standby-loud standby-aside", role: "alert" }, icon("alert", 28), h("span", {}, t("standby.aside", { count: aside }))),
      lines.length > 0 && h("p", { class: "small standby-journal" }, lines.join(" · ")),
      conflicts.length > 0 && h("ul", { class: "standby-conflicts" }, conflicts.map(conflict)),
    ];
  }
}
