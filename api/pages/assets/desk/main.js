// The operator's page: who is here, which view is open, and that nobody leaves it open.

import "./words.js";
import { fill, h, icon, keepShell, language, mark, onLanguage, prepareAnnouncements, switchLanguage, t } from "../kit.js";
import { ActsView } from "./actsview.js";
import { CampaignsView } from "./campaignsview.js";
import { DisputesView } from "./disputesview.js";
import { FactorsView } from "./factorsview.js";
import { IdleWatch } from "./idle.js";
import { LicencesView } from "./licencesview.js";
import { DeskLogin } from "./login.js";
import { Overview } from "./overview.js";
import { explain } from "./parts.js";
import { ProposalsView } from "./proposalsview.js";
import { ResidentsView } from "./residentsview.js";
import { askAsStaff, closeSession, getSession, onSession, SessionEnded } from "./session.js";
import { StaffView } from "./staffview.js";
import { SystemView } from "./systemview.js";
import { VenuesView } from "./venuesview.js";
import { VerifiersView } from "./verifiersview.js";
import { WindowView } from "./windowview.js";

const TABS = [
  ["overview", "eye", (me) => new Overview(me), ["operator", "auditor"]],
  ["venues", "flag", () => new VenuesView(), ["operator"]],
  ["disputes", "message", () => new DisputesView(), ["operator"]],
  ["window", "camera", () => new WindowView(), ["window"]],
  ["residents", "person", () => new ResidentsView(), ["operator"]],
  ["licences", "wallet", (me) => new LicencesView(me.roles.includes("operator")), ["operator", "auditor"]],
  ["verifiers", "globe", (me) => new VerifiersView(me.roles.includes("operator")), ["operator", "auditor"]],
  ["campaigns", "people", (me) => new CampaignsView(me), ["operator", "auditor"]],
  ["system", "device", (me) => new SystemView(me.roles.includes("operator")), ["operator", "auditor"]],
  ["proposals", "check", (me) => new ProposalsView(me), ["operator", "auditor"]],
  ["staff", "text", (me) => new StaffView(me.roles.includes("operator")), ["operator", "auditor"]],
  ["acts", "clock", () => new ActsView(), ["operator", "auditor"]],
  ["factors", "lock", (me) => new FactorsView(!me.roles.length), null],
];

const header = h("header", { class: "bar" });
const nav = h("nav", { class: "side" });
const main = h("main", { id: "main", class: "main", tabindex: "-1" });
const skip = h("a", { class: "skip", href: "#main" });
const page = h("div", { class: "page", "data-signed": "out" }, skip, header, nav, main);

let me = null;
let view = null;
let watch = null;
let endedBecause = null;
let turn = 0;

const tabs = () => TABS.filter(([, , , roles]) => !roles || roles.some((role) => me.roles.includes(role)));
const routed = () => tabs().find(([name]) => location.hash === `#/${name}`) ?? tabs()[0];

function drawHeader() {
  skip.textContent = t("skip");
  const roles = me?.roles.map((role) => t(`desk.role.${role}`)).join(" · ");
  fill(header, h("a", { class: "brand", href: me ? "#/overview" : "/desk" }, mark(28), h("span", {}, t("desk.brand"))),
    roles && h("span", { class: "who soft small" }, roles),
    h("button", { type: "button", class: "plain", lang: language() === "en" ? "zh-CN" : "en", "data-switch": "language", onclick: switchLanguage }, t("language.other")),
    me && h("button", { type: "button", class: "plain", "data-leave": true, onclick: () => closeSession("signed-out") }, icon("leave", 20), t("desk.leave")));
}

function drawNav() {
  nav.setAttribute("aria-label", t("desk.nav"));
  const current = routed()[0];
  fill(nav, h("ul", {}, tabs().map(([name, symbol]) => h("li", {}, h("a", { href: `#/${name}`, "data-tab": name, "aria-current": name === current ? "page" : null }, icon(symbol, 20), h("span", {}, t(`desk.tab.${name}`)))))));
  // On a narrow screen the row of links is wider than the page.
  const link = nav.querySelector("[aria-current]");
  nav.scrollLeft = link.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
}

function drawView() {
  view?.stop();
  const [name, , make] = routed();
  view = make(me);
  fill(main, view.node);
  document.title = `${t(`desk.tab.${name}`)} · ${t("desk.brand")}`;
  drawNav();
  view.start();
}

function leave() {
  view?.stop();
  view = null;
  watch?.stop();
  watch = null;
  me = null;
  page.dataset.signed = "out";
  fill(nav);
}

function drawLogin() {
  leave();
  drawHeader();
  document.title = t("desk.login");
  new DeskLogin(main, endedBecause).draw();
}

async function draw() {
  turn += 1;
  const own = turn;
  const session = await getSession();
  if (own !== turn) return;
  if (!session) {
    drawLogin();
    return;
  }
  try {
    me = await askAsStaff("GET", "/v1/staff/me");
  } catch (error) {
    if (own !== turn || error instanceof SessionEnded) return;
    fill(main, h("div", { class: "entry stack" }, h("h1", { tabindex: "-1" }, t("desk.brand")), h("p", { class: "note bad", role: "alert" }, explain(error)),
      h("button", { type: "button", class: "button", onclick: draw }, t("list.again")), h("button", { type: "button", class: "button quiet", onclick: () => closeSession("signed-out") }, t("desk.leave"))));
    return;
  }
  if (own !== turn) return;
  page.dataset.signed = "in";
  watch?.stop();
  watch = new IdleWatch(session.idle, () => closeSession("idle"));
  watch.start();
  drawHeader();
  drawView();
}

prepareAnnouncements();
document.body.prepend(page);
window.addEventListener("hashchange", () => {
  if (!me || !/^#\//.test(location.hash)) return;
  drawView();
  window.scrollTo(0, 0);
  main.querySelector("h1")?.focus({ preventScroll: true });
});
onSession((reason) => {
  endedBecause = reason === "opened" ? null : reason;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  draw();
});
onLanguage(draw);
draw();
keepShell();
