// The venue's page: a scanner's desk, or how to set one up; and the manager's view, at #manage.

import { addWords, fill, h, has, keepShell, language, mark, onLanguage, prepareAnnouncements, question, switchLanguage, t } from "../kit.js";
import { onSession } from "../resident/session.js";
import askingEn from "../words/asking-en.js";
import askingZh from "../words/asking-zh.js";
import { Desk } from "./desk.js";
import { canKeepKey } from "./device.js";
import { countWaiting } from "./ledger.js";
import { ManagerView } from "./managerview.js";
import { forgetScanner, keptScanner } from "./scanner.js";
import { showSetup } from "./setup.js";

addWords(askingZh, askingEn);
const MANAGE = "#manage";
const header = h("header", { class: "bar" });
const main = h("main", { id: "main", class: "main" });
const manager = new ManagerView(main);
let desk = null;

// What waits to be sent has no other way to the server than by this device.
async function forgetText() {
  const { id } = keptScanner();
  const count = id && canKeepKey() ? await countWaiting(id) : 0;
  return count > 0 ? t("venue.forget.waiting", { count }) : t("venue.forget.text");
}

async function forget() {
  const answer = await question({ title: t("venue.forget.title"), text: await forgetText(), confirm: t("venue.forget"), danger: true });
  if (!answer) return;
  await forgetScanner();
  draw();
}

const openManager = () => { location.hash = MANAGE; };
const closeManager = () => { location.hash = ""; };

function place(scanner) {
  const purpose = scanner.purpose && has(`purpose.${scanner.purpose}`) ? t(`purpose.${scanner.purpose}`) : scanner.purpose;
  return h("span", { class: "place" }, h("span", {}, scanner.name || t("venue.unnamed")), purpose && h("small", {}, purpose));
}

function drawHeader(scanner, managing) {
  const known = scanner && !managing;
  fill(header, h("div", { class: "brand" }, mark(30), known ? place(scanner) : h("span", {}, t("venue.brand"))),
    managing && h("button", { type: "button", class: "plain", onclick: closeManager }, t("manage.close")),
    known && h("button", { type: "button", class: "plain", onclick: forget, "aria-label": t("venue.forget") }, t("venue.forget.short")),
    h("button", { type: "button", class: "plain", lang: language() === "en" ? "zh-CN" : "en", "data-switch": "language", onclick: switchLanguage }, t("language.other")));
}

function draw() {
  const managing = location.hash === MANAGE;
  const scanner = keptScanner();
  const results = scanner ? desk?.results : [];
  desk?.stop();
  desk = null;
  manager.stop();
  document.title = t("venue.title");
  drawHeader(scanner, managing);
  if (managing) {
    manager.draw();
    return;
  }
  if (!scanner) {
    showSetup(main, draw, openManager);
    return;
  }
  desk = new Desk(scanner, results);
  fill(main, h("h1", { class: "unseen" }, t("venue.title")), desk.node);
  desk.start();
}

prepareAnnouncements();
document.body.prepend(h("div", { class: "page" }, header, main));
onLanguage(draw);
onSession(() => { if (location.hash === MANAGE) draw(); });
addEventListener("hashchange", draw);
draw();
keepShell();
