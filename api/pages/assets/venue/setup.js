// Setting this device up as a scanner: the credential is given once, and bound to a key made here.

import { ask, fill, h, icon, t, Unreachable } from "../kit.js";
import { wordsFor } from "./checking.js";
import { bindScanner, isAnothers, keepScanner } from "./scanner.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

// A development server has scanners to try; elsewhere the route does not exist and is not asked for.
async function demoScanners() {
  if (!LOOPBACK.has(location.hostname)) return [];
  return ask("GET", "/v1/development/people").then(({ scanner, hotel }) => [scanner, hotel].filter(Boolean), () => []);
}

// The demo's scanner stays without a key: everybody who tries the server out shares it.
function keepDemo(demo, name) {
  keepScanner({ credential: demo.credential, name: name || (demo.venue_name ?? ""), purpose: demo.purpose });
}

function demoButton(demo, onReady) {
  const use = () => {
    keepDemo(demo);
    onReady();
  };
  return h("div", { "data-demo": demo.purpose },
    h("button", { type: "button", class: "button quiet wide", onclick: use }, t("venue.setup.demo", { venue: demo.venue_name ?? t("venue.unnamed") })));
}

function demoStrip(demos, onReady) {
  return h("section", { class: "development stack", "aria-label": t("development.title") },
    h("h2", {}, h("span", { class: "tag" }, t("development.title"))), demos.map((demo) => demoButton(demo, onReady)));
}

function explain(error) {
  if (isAnothers(error)) return t("venue.setup.bound");
  if (error instanceof Unreachable) return t("problem.unreachable");
  const { title, next } = wordsFor({ slug: error.slug ?? "other", error });
  return [title, next].join(" ");
}

/** Draws the page that asks for the credential; `onReady` is called once it is kept, `onManage` opens the manager's view. */
export function showSetup(root, onReady, onManage) {
  const input = h("input", { class: "input", id: "credential", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const name = h("input", { class: "input", id: "name", type: "text", maxlength: 40, autocomplete: "organization" });
  const problem = h("p", { class: "note bad", role: "alert", hidden: true });
  const save = h("button", { type: "submit", class: "button wide" }, t("venue.setup.save"));
  const demos = demoScanners();
  const complain = (words) => {
    problem.hidden = false;
    problem.textContent = words;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  };
  const submit = async (event) => {
    event.preventDefault();
    const credential = input.value.trim();
    if (!credential) {
      complain(t("venue.setup.missing"));
      return;
    }
    save.disabled = true;
    try {
      const tried = (await demos).find((one) => one.credential === credential);
      if (tried) keepDemo(tried, name.value.trim());
      else keepScanner(await bindScanner(credential, name.value.trim()));
      onReady();
    } catch (error) {
      complain(explain(error));
    } finally {
      save.disabled = false;
    }
  };
  const strip = h("div");
  fill(root, h("div", { class: "setup" },
    h("form", { class: "card stack", novalidate: true, onsubmit: submit },
      h("span", { class: "row-icon" }, icon("scan", 22)),
      h("h1", { tabindex: "-1" }, t("venue.setup.title")), h("p", { class: "soft" }, t("venue.setup.lead")),
      h("div", { class: "field" }, h("label", { class: "field-label", for: "credential" }, t("venue.setup.credential")), input),
      h("div", { class: "field" }, h("label", { class: "field-label", for: "name" }, t("venue.setup.name")), name),
      problem, save),
    strip,
    h("button", { type: "button", class: "plain accent", onclick: onManage }, t("manage.open"))));
  demos.then((found) => { if (found.length) fill(strip, demoStrip(found, onReady)); });
}
