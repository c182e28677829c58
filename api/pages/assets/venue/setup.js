// The scanner's credential: given once, kept on this device.

import { ask, fill, h, icon, t } from "../kit.js";

const KEPT_AS = "suixing.scanner";
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The scanner kept here: {credential, name, purpose?}, or null. */
export function keptScanner() {
  return JSON.parse(localStorage.getItem(KEPT_AS) ?? "null");
}

function keep(scanner) {
  localStorage.setItem(KEPT_AS, JSON.stringify(scanner));
}

/** Removes the scanner from this device. */
export function forgetScanner() {
  localStorage.removeItem(KEPT_AS);
}

// A development server has a scanner to try; elsewhere the route does not exist and is not asked for.
async function demoScanner() {
  if (!LOOPBACK.has(location.hostname)) return null;
  return ask("GET", "/v1/development/people").then((answer) => answer.scanner ?? null, () => null);
}

function demoStrip(demo, onReady) {
  const use = () => {
    keep({ credential: demo.credential, name: demo.venue_name ?? "", purpose: demo.purpose });
    onReady();
  };
  return h("section", { class: "development stack", "aria-label": t("development.title") },
    h("h2", {}, h("span", { class: "tag" }, t("development.title"))),
    h("button", { type: "button", class: "button quiet", onclick: use }, t("venue.setup.demo", { venue: demo.venue_name ?? t("venue.unnamed") })));
}

/** Draws the page that asks for the credential; `onReady` is called once it is kept. */
export function showSetup(root, onReady) {
  const input = h("input", { class: "input", id: "credential", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const name = h("input", { class: "input", id: "name", type: "text", maxlength: 40, autocomplete: "organization" });
  const problem = h("p", { class: "note bad", role: "alert", hidden: true });
  const submit = (event) => {
    event.preventDefault();
    const credential = input.value.trim();
    if (!credential) {
      problem.hidden = false;
      problem.textContent = t("venue.setup.missing");
      input.setAttribute("aria-invalid", "true");
      input.focus();
      return;
    }
    keep({ credential, name: name.value.trim() });
    onReady();
  };
  const strip = h("div");
  fill(root, h("div", { class: "setup" },
    h("form", { class: "card stack", novalidate: true, onsubmit: submit },
      h("span", { class: "row-icon" }, icon("scan", 22)),
      h("h1", { tabindex: "-1" }, t("venue.setup.title")), h("p", { class: "soft" }, t("venue.setup.lead")),
      h("div", { class: "field" }, h("label", { class: "field-label", for: "credential" }, t("venue.setup.credential")), input),
      h("div", { class: "field" }, h("label", { class: "field-label", for: "name" }, t("venue.setup.name")), name),
      problem, h("button", { type: "submit", class: "button wide" }, t("venue.setup.save"))),
    strip));
  demoScanner().then((demo) => { if (demo) fill(strip, demoStrip(demo, onReady)); });
}
