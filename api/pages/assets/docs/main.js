// The page of the API: reads /openapi.json and shows it, searchable, with nothing from elsewhere.

import { announce, ask, fill, h, icon, keepShell, language, mark, onLanguage, prepareAnnouncements, switchLanguage, t } from "../kit.js";
import { groupsOf } from "./operations.js";
import { operationView, prose } from "./operationview.js";

const header = h("header", { class: "bar" });
const nav = h("nav", { class: "contents" });
const main = h("main", { id: "main", class: "main" });
let spec = null;
let query = "";

const slugOf = (name) => `tag-${name.replace(/\W+/g, "-")}`;

function drawHeader() {
  fill(header, h("a", { class: "brand", href: "/docs" }, mark(30), h("span", {}, t("brand")), h("small", {}, t("docs.title"))),
    h("a", { class: "plain", href: "/openapi.json", download: "openapi.json" }, t("docs.download")),
    h("button", { type: "button", class: "plain", lang: language() === "en" ? "zh-CN" : "en", "data-switch": "language", onclick: switchLanguage }, t("language.other")));
}

function matching() {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return groupsOf(spec).map((group) => ({ ...group, operations: group.operations.filter((one) => words.every((word) => one.words.includes(word))) }))
    .filter((group) => group.operations.length);
}

function intro() {
  const { title, version, description } = spec.info;
  return h("div", { class: "intro" }, h("h1", {}, title, " ", h("span", { class: "tag" }, version)),
    (description ?? "").trim().split(/\n\s*\n/).map((paragraph) => h("p", { class: "soft" }, prose(paragraph))));
}

function drawList(place, count) {
  const groups = matching();
  const total = groups.reduce((sum, group) => sum + group.operations.length, 0);
  count.textContent = total ? t("docs.count", { count: total }) : t("docs.none");
  fill(place, groups.map((group) => h("section", { class: "group", id: slugOf(group.name) },
    h("div", { class: "group-head" }, h("h2", {}, group.name || t("docs.other")), group.description && h("p", { class: "soft small" }, group.description)),
    h("div", { class: "operations" }, group.operations.map((operation) => operationView(operation, spec))))));
  nav.setAttribute("aria-label", t("docs.title"));
  fill(nav, groups.map((group) => h("a", { href: `#${slugOf(group.name)}` }, group.name || t("docs.other"), h("span", { class: "soft tiny" }, String(group.operations.length)))));
}

function draw() {
  drawHeader();
  document.title = `${t("docs.title")} · ${t("brand")}`;
  if (!spec) return;
  const count = h("p", { class: "soft tiny", role: "status" });
  const list = h("div", { class: "list" });
  const input = h("input", {
    class: "input", type: "search", id: "search", placeholder: t("docs.search"), "aria-label": t("docs.search"), value: query, autocomplete: "off",
    oninput: () => { query = input.value; drawList(list, count); },
  });
  fill(main, intro(), h("div", { class: "search" }, icon("search", 20), input), count, list);
  drawList(list, count);
}

// An address that names an operation opens it.
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!named) return;
  if (named.matches("details")) named.open = true;
  named.scrollIntoView({ block: "start" });
}

async function load() {
  fill(main, h("p", { class: "empty" }, t("docs.loading")));
  try {
    spec = await ask("GET", "/openapi.json");
  } catch {
    fill(main, h("div", { class: "empty" }, icon("offline", 32), h("p", {}, t("docs.failed")),
      h("button", { type: "button", class: "button quiet", onclick: load }, t("list.again"))));
    announce(t("docs.failed"));
    return;
  }
  draw();
  openNamed();
}

prepareAnnouncements();
document.body.prepend(h("div", { class: "page" }, h("a", { class: "skip", href: "#main" }, t("skip")), header, nav, main));
window.addEventListener("hashchange", openNamed);
onLanguage(() => {
  draw();
  if (spec) openNamed();
});
drawHeader();
load();
keepShell();
