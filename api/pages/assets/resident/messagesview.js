// The messages, newest first, with what can be done about each.

import { announce, clockTime, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { codeTags } from "./banner.js";
import { deliveryLine } from "./messaging/delivery.js";
import { backLink } from "./part.js";
import { addressOf } from "./roaming/places.js";
import { askAsResident } from "./session.js";
import { explain } from "./words.js";

const LOOKS = {
  "code.scanned": ["scan", ""],
  "code.used-twice": ["alert", "bad"],
  "code.used-revoked": ["alert", "bad"],
  "checked-in": ["check", ""],
  "licence.shown": ["wallet", ""],
  "licence.changed": ["wallet", "warn"],
  "paper.lost": ["paper", "warn"],
  "scan.annulled": ["undo", "warn"],
  "installation.new": ["device", "warn"],
  "roaming.arrived": ["pin", ""],
  "account.locked": ["lock", "bad"],
  "account.exported": ["download", "warn"],
  "account.deletion-requested": ["trash", "bad"],
};

// What a topic belongs to decides where nothing nearer does.
const FAMILIES = { paper: ["paper", ""], care: ["people", ""], guardian: ["people", ""], window: ["shield", ""], enterprise: ["building", ""], delegation: ["building", ""], licence: ["wallet", ""], presentation: ["wallet", ""] };
// What waits for an answer, and the part of the account that has it.
const WAITING = { "care.invited": "relatives", "care.renewal-asked": "relatives", "delegation.invited": "companies", "delegation.under-review": "companies", "paper.issued": "papers", "paper.ends-soon": "papers" };
const LOCKABLE = new Set(["code.used-twice", "code.used-revoked", "checked-in", "licence.shown"]);

const lookOf = (topic) => LOOKS[topic] ?? FAMILIES[topic.split(".")[0]] ?? ["message", ""];
const lockButton = (onLock) => h("button", { type: "button", class: "button small danger-quiet", onclick: onLock }, icon("lock", 18), t("banner.lock"));

async function approve(message, button) {
  const answer = await question({
    title: t("installation.approve.title"), text: t("installation.approve.text"), confirm: t("installation.approve.confirm"),
  });
  if (!answer) return;
  button.disabled = true;
  try {
    await askAsResident("POST", `/v1/me/installations/${message.data.installation_id}/approve`);
    button.textContent = t("installation.approved");
    announce(t("installation.approved"));
  } catch (error) {
    button.disabled = false;
    await notice(t("problem.title"), explain(error));
  }
}

function actions(message, onLock) {
  const asked = message.topic === "presentation.asked" && message.data?.presentation_id;
  if (asked) return h("div", { class: "row-actions" }, h("a", { class: "button small", href: `#/p/${asked}` }, t("ask.open")));
  // A company's wallet is reached by one's authority to act for it, which the message does not name.
  const licence = message.topic === "licence.changed" && message.data?.licence_id;
  if (licence) return h("div", { class: "row-actions" }, h("a", { class: "button quiet small", href: message.data.company_id ? "#/wallet" : `#/wallet/${licence}` }, t("messages.licence")));
  const province = message.topic === "roaming.arrived" && message.data?.province;
  if (province) return h("div", { class: "row-actions" }, h("a", { class: "button small", href: addressOf(province) }, t("messages.roaming", { province: message.data.province_name })));
  const link = message.topic === "campaign" && /^\/(?![/\\])/.test(message.data?.link ?? "") && message.data.link;
  if (link) return h("div", { class: "row-actions" }, h("a", { class: "button quiet small", href: link }, t("messages.link")));
  const part = WAITING[message.topic];
  if (part) return h("div", { class: "row-actions" }, h("a", { class: "button small", href: `#/${part}` }, t(`me.${part}`)));
  if (LOCKABLE.has(message.topic)) return onLock && h("div", { class: "row-actions" }, lockButton(onLock));
  if (message.topic !== "installation.new" || !message.data?.installation_id) return null;
  const button = h("button", { type: "button", class: "button small", onclick: () => approve(message, button) }, t("installation.approve"));
  return h("div", { class: "row-actions" }, button, lockButton(onLock));
}

/** One message as a list item. */
export function messageRow(message, onLock) {
  const [name, tone] = lookOf(message.topic);
  return h("li", { "data-message": message.id },
    h("span", { class: `row-icon ${tone}` }, icon(name, 20)),
    h("div", { class: "row-body" },
      h("h3", {}, message.title),
      message.body && h("p", { class: "soft small" }, message.body), codeTags(message),
      h("time", { class: "soft tiny", datetime: message.created_at, title: clockTime(message.created_at) }, dayAndTime(message.created_at)), deliveryLine(message),
      actions(message, onLock)));
}

/** The newest few messages beside the code, on screens that have the room. */
export class LatestMessages {
  #inbox;
  #list = h("div");
  node = h("section", { class: "card latest", "aria-labelledby": "latest-title" },
    h("h2", { id: "latest-title" }, t("messages.latest")), this.#list);

  constructor(inbox) {
    this.#inbox = inbox;
  }

  start() { this.update(); }

  stop() {}

  update() {
    const items = this.#inbox.items.slice(0, 4);
    fill(this.#list, items.length
      ? [h("ul", { class: "rows" }, items.map((item) => messageRow(item))), h("a", { class: "plain accent", href: "#/messages" }, t("messages.all"), icon("chevron", 18))]
      : h("p", { class: "soft small" }, t(this.#inbox.loaded ? "messages.none" : "list.loading")));
  }
}

/** The view of all messages. */
export class MessagesView {
  #inbox;
  #onLock;
  #list = h("div", { class: "card", "aria-live": "off" });
  node = h("div", { class: "stack" },
    // The elder view has no tabs to leave by.
    h("div", { class: "head" }, document.documentElement.dataset.view === "elder" && backLink(),
      h("div", { class: "messages-head" }, h("h1", { tabindex: "-1" }, t("messages.title")), h("a", { class: "plain accent", href: "#/notices" }, t("messages.settings"))),
      h("p", { class: "soft small" }, t("messages.lead"))),
    this.#list);

  constructor(inbox, onLock) {
    this.#inbox = inbox;
    this.#onLock = onLock;
  }

  start() {
    this.update();
    this.#inbox.markRead();
  }

  stop() {}

  update() {
    const { items, loaded, nextCursor, refusal, trouble } = this.#inbox;
    if (refusal) fill(this.#list, h("div", { class: "empty" }, icon("lock", 32), h("p", {}, explain(refusal))));
    else if (!loaded && trouble) fill(this.#list, h("div", { class: "empty" }, icon("offline", 32), h("p", {}, explain(trouble))));
    else if (!loaded) fill(this.#list, h("p", { class: "empty" }, t("list.loading")));
    else if (!items.length) fill(this.#list, h("div", { class: "empty" }, icon("message", 32), h("p", {}, t("messages.none"))));
    else {
      fill(this.#list, h("ul", { class: "rows" }, items.map((item) => messageRow(item, this.#onLock))),
        nextCursor && h("button", { type: "button", class: "button quiet wide", onclick: () => this.#more() }, t("list.more")));
    }
  }

  #more() {
    this.#inbox.loadMore().catch((error) => this.#fail(error));
  }

  #fail(error) {
    if (!this.node.isConnected || !error.message) return;
    this.#list.prepend(h("p", { class: "note warn small" }, icon("offline", 20), explain(error)));
  }
}
