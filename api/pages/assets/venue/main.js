// The venue's page: a scanner's desk, or how to set one up.

import { fill, h, has, keepShell, language, mark, onLanguage, prepareAnnouncements, question, switchLanguage, t } from "../kit.js";
import { Desk } from "./desk.js";
import { forgetScanner, keptScanner, showSetup } from "./setup.js";

const header = h("header", { class: "bar" });
const main = h("main", { id: "main", class: "main" });
let desk = null;

async function forget() {
  const answer = await question({ title: t("venue.forget.title"), text: t("venue.forget.text"), confirm: t("venue.forget"), danger: true });
  if (!answer) return;
  forgetScanner();
  draw();
}

function place(scanner) {
  const purpose = scanner.purpose && has(`purpose.${scanner.purpose}`) ? t(`purpose.${scanner.purpose}`) : scanner.purpose;
  return h("span", { class: "place" }, h("span", {}, scanner.name || t("venue.unnamed")), purpose && h("small", {}, purpose));
}

function drawHeader(scanner) {
  fill(header, h("div", { class: "brand" }, mark(30), scanner ? place(scanner) : h("span", {}, t("venue.brand"))),
    scanner && h("button", { type: "button", class: "plain", onclick: forget, "aria-label": t("venue.forget") }, t("venue.forget.short")),
    h("button", { type: "button", class: "plain", lang: language() === "en" ? "zh-CN" : "en", "data-switch": "language", onclick: switchLanguage }, t("language.other")));
}

function draw() {
  const scanner = keptScanner();
  const results = scanner ? desk?.results : [];
  desk?.stop();
  desk = null;
  document.title = t("venue.title");
  drawHeader(scanner);
  if (!scanner) {
    showSetup(main, draw);
    return;
  }
  desk = new Desk(scanner, results);
  fill(main, h("h1", { class: "unseen" }, t("venue.title")), desk.node);
  desk.start();
}

prepareAnnouncements();
document.body.prepend(h("div", { class: "page" }, header, main));
onLanguage(draw);
draw();
keepShell();
