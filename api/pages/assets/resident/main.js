// The resident's page: who is here, which view is open, and what all views share.

import { announce, fill, h, icon, keepShell, language, mark, notice, onLanguage, prepareAnnouncements, question, switchLanguage, t } from "../kit.js";
import { AccessesView } from "./accessesview.js";
import { AccountView } from "./accountview.js";
import { Alerts } from "./alerts.js";
import { Banner } from "./banner.js";
import { CheckInView, venueInAddress } from "./checkinview.js";
import { CodeCard } from "./codeview.js";
import { CompaniesView } from "./companiesview.js";
import { ConsentsView } from "./consentsview.js";
import { DataView } from "./dataview.js";
import { ElderView } from "./elderview.js";
import { IdentityView } from "./identityview.js";
import { Inbox } from "./inbox.js";
import { showLogin } from "./login.js";
import { LoginsView } from "./loginsview.js";
import { LatestMessages, MessagesView } from "./messagesview.js";
import { followChoices } from "./messaging/choices.js";
import { NoticesView } from "./messaging/view.js";
import "./messaging/words.js";
import { PapersView } from "./papersview.js";
import { RelativesView } from "./relativesview.js";
import { RoamingCard } from "./roaming/card.js";
import { roamingInAddress } from "./roaming/places.js";
import { RoamingView } from "./roaming/view.js";
import { Whereabouts } from "./roaming/whereabouts.js";
import "./roaming/words.js";
import { getSession, lockAccount, onRenewal, onSession } from "./session.js";
import { CopiesView } from "./wallet/copiesview.js";
import { dropOldWallets } from "./wallet/keptwallet.js";
import { LicenceView } from "./wallet/licenceview.js";
import { requestIn, walletInAddress } from "./wallet/places.js";
import { Requests } from "./wallet/requests.js";
import { RequestsView } from "./wallet/requestsview.js";
import { WalletView } from "./wallet/walletview.js";
import "./wallet/words.js";
import { explain } from "./words.js";

const ELDER = "suixing.elder";
const TABS = [["code", "code"], ["wallet", "wallet"], ["messages", "message"], ["accesses", "eye"], ["account", "person"]];

// What tells of a use of one's code, with the way out if it was somebody else's.
const USED = new Set(["code.scanned", "checked-in", "code.used-twice", "code.used-revoked", "licence.shown"]);

// What tells that there may be another code to show, or one less.
const OF_SUBJECTS = /^(care|delegation|enterprise|licence)\./;

// What tells that somebody asks for a licence.
const ASKING = /^presentation\./;

// The parts of the account, which the elder view has too where something leads there.
const PARTS = { identity: IdentityView, papers: PapersView, companies: CompaniesView, relatives: RelativesView, logins: LoginsView, consents: ConsentsView, data: DataView, "check-in": CheckInView, roaming: RoamingView, notices: NoticesView, requests: RequestsView, copies: CopiesView };
const OF_WALLET = new Set(["requests", "copies"]);
// The tabs that the elder view has too; for the others it shows the code.
const OF_ELDER = new Set(["wallet", "messages", "accesses"]);

let inbox = null;
let views = [];
let stopLogin = null;
let endedBecause = null;
let tabs = null;

const elder = () => localStorage.getItem(ELDER) === "on";
const NAMES = [...TABS.map(([name]) => name), ...Object.keys(PARTS)].filter((name) => name !== "check-in");
const isLedHere = () => venueInAddress() !== null || requestIn(location.hash) !== null;
const tabOf = (name) => (name === "check-in" ? "code" : OF_WALLET.has(name) ? "wallet" : name in PARTS ? "account" : name);

const banner = new Banner(lock);
const alerts = new Alerts();
const requests = new Requests();
const whereabouts = new Whereabouts(() => { for (const view of views) view.wander?.(); });
const header = h("header", { class: "bar" });
const main = h("main", { id: "main", class: "main" });
const page = h("div", { class: "page" }, h("a", { class: "skip", href: "#main" }), header, banner.node, alerts.node, requests.node, main);

function routed() {
  if (venueInAddress()) return "check-in";
  if (roamingInAddress()) return "roaming";
  return walletInAddress() ? "wallet" : NAMES.find((name) => location.hash === `#/${name}`) ?? "code";
}

async function lock() {
  const answer = await question({ title: t("lock.ask.title"), text: t("lock.ask.text"), confirm: t("lock.ask.confirm"), danger: true });
  if (!answer) return;
  try {
    await lockAccount();
  } catch (error) {
    await notice(t("problem.title"), explain(error));
  }
}

/** Keeps to the part that is open, where the switch is one of its own. */
function setElder(on) {
  localStorage.setItem(ELDER, on ? "on" : "off");
  if (on && !isLedHere() && routed() !== "notices") history.replaceState(null, "", "#/code");
  draw();
}

function drawHeader() {
  const elderSwitch = elder()
    ? h("button", { type: "button", class: "plain", onclick: () => setElder(false) }, t("elder.close"))
    : h("button", { type: "button", class: "plain", onclick: () => setElder(true) }, icon("text", 20), t("elder.name"));
  const languageSwitch = h("button", { type: "button", class: "plain", lang: language() === "en" ? "zh-CN" : "en", "data-switch": "language", onclick: switchLanguage }, t("language.other"));
  fill(header, h("a", { class: "brand", href: "#/code" }, mark(30), h("span", {}, t("brand"))), elderSwitch, languageSwitch);
  page.querySelector(".skip").textContent = t("skip");
}

function drawTabs() {
  const links = TABS.map(([name, symbol]) => h("a", { class: "tab", href: `#/${name}`, "data-tab": name }, icon(symbol), h("span", {}, t(`tab.${name}`)), name === "messages" && h("span", { class: "dot", hidden: true })));
  tabs = h("nav", { class: "tabs", "aria-label": t("tabs") }, links);
  return tabs;
}

function markTabs() {
  if (!tabs) return;
  const unseen = inbox?.unread ?? 0;
  for (const link of tabs.querySelectorAll(".tab")) {
    if (link.dataset.tab === tabOf(routed())) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const dot = tabs.querySelector(".dot");
  dot.hidden = unseen === 0;
  fill(dot, h("span", { class: "unseen" }, t("tabs.unseen", { count: unseen })));
}

function viewsFor(name) {
  // A change of language draws a view anew: what that view alone holds goes on in the next one.
  if (name in PARTS) return [new PARTS[name]({ onLock: lock, setElder, requests, whereabouts, before: views.find((view) => view instanceof PARTS[name]) ?? null })];
  if (name === "wallet") return [walletInAddress().licence ? new LicenceView() : new WalletView(requests)];
  if (name === "accesses") return [new AccessesView()];
  if (name === "messages") return [new MessagesView(inbox, lock)];
  if (elder()) return [new ElderView({ onLock: lock, inbox }), new RoamingCard(whereabouts)];
  if (name === "account") return [new AccountView({ onLock: lock, onElder: () => setElder(true) })];
  return [new CodeCard({ onLock: lock }), new RoamingCard(whereabouts), new LatestMessages(inbox)];
}

function clearViews() {
  for (const view of views) view.stop();
  views = [];
  stopLogin?.();
  stopLogin = null;
}

function drawView() {
  for (const view of views) view.stop();
  stopLogin?.();
  stopLogin = null;
  views = viewsFor(routed());
  const name = routed();
  const isCode = elder() && !(name in PARTS) && !OF_ELDER.has(name);
  main.dataset.view = isCode ? "elder" : name;
  fill(main, views.map((view) => view.node));
  for (const view of views) view.start();
  document.title = t(`title.${isCode ? "code" : name}`);
  markTabs();
  const asked = requestIn(location.hash);
  if (asked) requests.open(asked);
}

function onMessages() {
  markTabs();
  whereabouts.learn(inbox.items);
  for (const view of views) view.update?.();
}

function onArrival(message) {
  // Who has just checked in here has the receipt before their eyes.
  if (message.topic === "checked-in" && venueInAddress()) return;
  // What the resident has just agreed to is no surprise.
  if (message.topic === "licence.shown" && message.data?.form === "consent" && requests.isAsking) return;
  if (ASKING.test(message.topic)) {
    requests.load();
    return;
  }
  if (!USED.has(message.topic)) {
    alerts.load();
    announce(message.title);
    if (OF_SUBJECTS.test(message.topic)) for (const view of views) view.reload?.();
    return;
  }
  banner.show(message);
  // The code that was shown is used up; its successor should be ready for the next gate.
  for (const view of views) view.refresh?.();
}

function drawLogin() {
  page.dataset.signed = "out";
  main.dataset.view = "login";
  tabs = null;
  drawHeader();
  document.title = t("title.login");
  stopLogin = showLogin(main, endedBecause);
}

function drawSignedIn() {
  page.dataset.signed = "in";
  drawHeader();
  page.querySelector(".tabs")?.remove();
  if (!elder()) page.append(drawTabs());
  else tabs = null;
  drawView();
}

async function draw() {
  const session = await getSession();
  document.documentElement.dataset.view = elder() ? "elder" : "standard";
  if (!session) {
    clearViews();
    inbox?.stop();
    inbox = null;
    whereabouts.stop();
    banner.clear();
    alerts.clear();
    requests.clear();
    page.querySelector(".tabs")?.remove();
    drawLogin();
    return;
  }
  if (!inbox) {
    inbox = new Inbox({ onChange: onMessages, onArrival });
    inbox.start();
    whereabouts.start();
    alerts.load();
    requests.load();
  }
  alerts.draw();
  requests.draw();
  drawSignedIn();
}

function focusTitle() {
  main.querySelector("h1")?.focus({ preventScroll: true });
}

prepareAnnouncements();
document.body.prepend(page);
window.addEventListener("hashchange", async () => {
  if (!(await getSession()) || !inbox || !/^#\//.test(location.hash)) return;
  drawView();
  window.scrollTo(0, 0);
  focusTitle();
});
onSession(async (reason) => {
  endedBecause = reason === "opened" ? null : reason;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  // Whoever came by a venue's poster, or by its request, is led back to it.
  if (reason === "opened" && !isLedHere()) history.replaceState(null, "", "#/code");
  await draw();
  focusTitle();
  const session = reason === "opened" && (await getSession());
  // Should it fail, the page looks as it did.
  if (session) followChoices(session, setElder).catch(() => {});
});
onLanguage(async () => {
  await draw();
  if (banner.message) banner.show(banner.message);
  await inbox?.load().catch(() => {});
});
onRenewal(() => inbox?.resume());
draw();
dropOldWallets().catch(() => {});
keepShell();
