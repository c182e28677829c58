// Checks a licence's copy for whoever was handed one: its code leads here, with what it says behind the #. Receipts besides.

import { addWords, announce, ask, fill, h, icon, language, mark, onLanguage, prepareAnnouncements, Refusal, switchLanguage, t, timeInParts } from "../kit.js";
import english from "../words/copy-en.js";
import chinese from "../words/copy-zh.js";
import { ReceiptCheck } from "./receipts.js";

const TONES = { good: ["good", "check"], ended: ["warn", "clock"], revoked: ["bad", "alert"], "licence-not-good": ["bad", "alert"], altered: ["bad", "alert"], unknown: ["bad", "alert"] };
// Between its parts a code that was copied by hand may have spaces and line ends.
const SPACES = /\s+/g;

addWords(chinese, english);

const header = h("header", { class: "bar" });
const main = h("main", { id: "main", class: "copy-page stack" });
const receipts = new ReceiptCheck();
let found = null;

const inTongue = (words) => (language() === "en" ? words.en : words.zh);
const day = (at) => timeInParts(new Date(at), { year: "numeric", month: "long", day: "numeric" });
// What ends with a day ends at midnight: the day that it is still good on is the one before.
const lastDay = (until) => day(Date.parse(until) - 1000);

function drawHeader() {
  fill(header, h("a", { class: "brand", href: "/copy" }, mark(30), h("span", {}, t("brand")), h("small", {}, t("checked.title"))),
    h("button", { type: "button", class: "plain", lang: language() === "en" ? "zh-CN" : "en", "data-switch": "language", onclick: switchLanguage }, t("language.other")));
}

function fact(label, value, kind = null) {
  return value && h("div", { class: kind }, h("dt", {}, label), h("dd", {}, value));
}

function facts(copy) {
  return h("section", { class: "card stack" }, h("dl", { class: "copy-facts" },
    fact(t("checked.type"), copy.type_name && inTongue(copy.type_name), "strong"), fact(t("checked.holder"), copy.masked_holder),
    fact(t("checked.requester"), copy.requester, "strong"), fact(t("checked.purpose"), copy.purpose, "strong"),
    fact(t("checked.until"), copy.valid_until && lastDay(copy.valid_until)), fact(t("checked.made"), copy.issued_at && day(copy.issued_at))));
}

function lines(copy) {
  return h("section", { class: "card stack" }, h("h2", {}, t("checked.says")), h("p", { class: "soft small" }, t("checked.says.lead")),
    h("dl", { class: "copy-facts copy-lines" }, copy.lines.map((line) => fact(inTongue(line.label), line.text))));
}

function verdict(tone, symbol, title, text) {
  return h("section", { class: `note ${tone} copy-verdict`, role: tone === "good" ? "status" : "alert" }, icon(symbol, 28), h("div", {}, h("h2", {}, title), h("p", {}, text)));
}

function describe() {
  if (found === null) return null;
  if (found.failure) return [verdict("warn", "offline", t("checked.failed"), found.failure)];
  if (found.refused) return [verdict("bad", "alert", t("checked.state.none"), t("checked.text.none"))];
  const { copy } = found;
  const [tone, symbol] = TONES[copy.state];
  return [verdict(tone, symbol, t(`checked.state.${copy.state}`), t(`checked.text.${copy.state}`)), copy.requester && facts(copy), copy.lines.length > 0 && lines(copy)];
}

function form() {
  const text = h("textarea", { class: "input", name: "text", required: true, maxlength: 8192, autocomplete: "off", spellcheck: "false", placeholder: `${location.origin}/copy#…` });
  const submit = (event) => {
    event.preventDefault();
    check(text.value);
  };
  return h("form", { class: "card stack", onsubmit: submit },
    h("label", { class: "field" }, h("span", { class: "field-label" }, t("checked.paste")), text, h("span", { class: "soft tiny" }, t("checked.paste.hint"))),
    h("button", { type: "submit", class: "button" }, icon("search", 20), t("checked.check")));
}

function draw() {
  drawHeader();
  document.title = `${t("checked.title")} · ${t("brand")}`;
  fill(main, h("h1", {}, t("checked.title")), describe(), found ? null : h("p", { class: "soft" }, t("checked.lead")), form(), receipts.node);
}

async function check(text) {
  try {
    found = { copy: await ask("POST", "/v1/licence-copies/checks", { json: { text: text.replace(SPACES, "") } }) };
  } catch (error) {
    if (error instanceof Refusal && error.slug === "copy-malformed") found = { refused: true };
    else found = { failure: error instanceof Refusal ? [error.title, error.next].filter(Boolean).join(" ") : t("problem.unreachable") };
  }
  draw();
  announce(main.querySelector(".copy-verdict h2").textContent, true);
}

function checkAddress() {
  const text = location.hash.slice(1);
  if (text) check(text);
}

document.body.append(header, main);
prepareAnnouncements();
onLanguage(draw);
addEventListener("hashchange", checkAddress);
draw();
checkAddress();
