// The wallet: whose it is, its cards, how old they are, and the ways to what else there is of it.

import { announce, fill, h, icon, notice, Refusal, t } from "../../kit.js";
import { KindSwitch } from "../kindswitch.js";
import { showFailure } from "../part.js";
import { SessionEnded } from "../session.js";
import { holders, keptSubjects, loadSubjects, MINE } from "../subjects.js";
import { explain } from "../words.js";
import { licenceLink } from "./card.js";
import { addressOf, walletInAddress } from "./places.js";
import { askWallet, isAway, readWallet, recallWallet } from "./reading.js";
import { scanRequest } from "./scanning.js";
import { ageWords, said } from "./speaking.js";

const PROVABLE = new Set(["identity-not-verified", "installation-not-approved"]);
// A registry answers within seconds, or is down: what it told is looked for a few times.
const LOOK_AGAIN_MS = [1500, 3000, 6000, 12_000];
const ASKED_ANEW_MS = 120_000;

/** The view of one wallet. */
export class WalletView {
  #subject = MINE;
  #switch = new KindSwitch((subject) => { location.hash = addressOf(subject); }, "wallet.whose");
  #whose = h("p", { class: "code-whose", hidden: true });
  #state = h("div", { class: "wallet-state stack" });
  #cards = h("div", { class: "licences" });
  #sync = h("button", { type: "button", class: "wallet-way", onclick: () => this.#askSync() }, icon("refresh"), t("wallet.sync"));
  #timer = null;
  #isOpen = false;
  #requests;
  node;

  constructor(requests) {
    this.#requests = requests;
    const isElder = document.documentElement.dataset.view === "elder";
    this.node = h("div", { class: "stack wallet" },
      h("div", { class: "head" }, isElder && h("a", { class: "plain back", href: "#/code" }, icon("chevron", 18), t("me.back.code")),
        h("h1", { tabindex: "-1" }, t("wallet.title")), h("p", { class: "soft small" }, t("wallet.lead"))),
      this.#switch.node, this.#whose,
      h("div", { class: "wallet-ways" }, this.#sync,
        h("button", { type: "button", class: "wallet-way", onclick: () => this.#scan() }, icon("scan"), t("wallet.scan")),
        h("a", { class: "wallet-way", href: "#/requests" }, icon("message"), t("wallet.requests")),
        h("a", { class: "wallet-way", href: "#/copies" }, icon("paper"), t("wallet.copies"))),
      this.#state, this.#cards);
  }

  async start() {
    this.#isOpen = true;
    const { all } = await keptSubjects();
    if (!this.#isOpen) return;
    if (!this.#choose(holders(all))) fill(this.#cards, h("p", { class: "empty" }, t("list.loading")));
    const seen = await recallWallet(this.#subject);
    if (seen && this.#isOpen) this.#draw(seen);
    await this.reload();
    const found = holders(await loadSubjects().catch(() => all));
    if (this.#isOpen && this.#choose(found)) await this.reload();
  }

  stop() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  // A message has come: a licence may have changed.
  update() {}

  /** Reads the wallet again; a registry that has not answered yet is looked for once more, a few times. */
  async reload(turn = 0) {
    clearTimeout(this.#timer);
    try {
      const wallet = await readWallet(this.#subject);
      if (!this.#isOpen) return;
      this.#draw(wallet);
      const isLate = wallet.sources.some((one) => !["current", "left"].includes(one.state));
      // Opening has had the others asked, too, unless they were a moment ago.
      const isAged = wallet.sources.some((one) => one.state === "current" && Date.now() - Date.parse(one.synced_at) > ASKED_ANEW_MS);
      if (turn < (isLate ? LOOK_AGAIN_MS.length : Number(isAged))) this.#timer = setTimeout(() => this.reload(turn + 1), LOOK_AGAIN_MS[turn]);
    } catch (error) {
      if (this.#isOpen) await this.#fail(error);
    }
  }

  // Whether the wallet of the address is another one than before.
  #choose(subjects) {
    const { delegation } = walletInAddress() ?? { delegation: null };
    const chosen = subjects.find((one) => (one.id ?? null) === delegation) ?? (delegation ? { kind: "enterprise", id: delegation, name: "" } : MINE);
    const isOther = chosen.id !== this.#subject.id;
    this.#subject = chosen;
    this.#switch.offer(subjects, chosen);
    this.#whose.hidden = chosen.kind === MINE.kind || !chosen.name;
    fill(this.#whose, h("strong", {}, chosen.name), h("span", { class: "soft" }, chosen.detail), chosen.limited && h("span", { class: "soft small" }, t("wallet.limited")));
    return isOther;
  }

  #draw({ items, sources, keptAt }) {
    this.node.dataset.state = keptAt ? "kept" : "current";
    fill(this.#state, this.#ages(sources));
    fill(this.#cards, items.length
      ? h("ul", { class: "licence-list" }, items.map((item) => h("li", {}, licenceLink(item, addressOf(this.#subject, item.id)))))
      : h("div", { class: "card empty" }, icon("wallet", 32), h("p", {}, t("wallet.none")), h("p", { class: "soft small" }, t("wallet.none.next"))));
  }

  #ages(sources) {
    const current = sources.filter((one) => one.state === "current" && one.synced_at).map((one) => one.synced_at).sort();
    const behind = sources.filter((one) => one.state !== "current");
    return [
      current.length > 0 && h("p", { class: "soft small wallet-age" }, t("wallet.as-of", { age: ageWords(current[0]) })),
      behind.length > 0 && h("ul", { class: "note warn small wallet-sources" }, behind.map((one) => h("li", { "data-source": one.source }, this.#source(one))))];
  }

  #source({ name, state, synced_at: syncedAt }) {
    if (!syncedAt) return t(state === "unreachable" ? "source.never-reached" : "source.never", { source: said(name) });
    return t(`source.${state}`, { source: said(name), age: ageWords(syncedAt) });
  }

  async #fail(error) {
    if (error instanceof SessionEnded) return;
    const seen = isAway(error) ? await recallWallet(this.#subject) : null;
    if (!this.#isOpen) return;
    if (seen) {
      this.#draw({ ...seen, sources: [] });
      fill(this.#state, h("p", { class: "note warn small", role: "status" }, icon("offline", 20), t("wallet.offline", { age: ageWords(seen.keptAt) })));
      return;
    }
    fill(this.#cards);
    const provable = error instanceof Refusal && PROVABLE.has(error.slug);
    if (!provable) return void showFailure(this.#state, error);
    fill(this.#state, h("div", { class: "card empty" }, icon("lock", 32), h("p", {}, error.slug === "identity-not-verified" ? t("wallet.prove") : explain(error)), h("a", { class: "button", href: "#/identity" }, t("code.prove"))));
  }

  async #askSync() {
    this.#sync.disabled = true;
    try {
      await askWallet(this.#subject, "/sync");
      announce(t("wallet.syncing"));
      fill(this.#state, h("p", { class: "soft small", role: "status" }, t("wallet.syncing")));
      this.#timer = setTimeout(() => this.reload(1), LOOK_AGAIN_MS[0]);
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    setTimeout(() => { this.#sync.disabled = false; }, LOOK_AGAIN_MS[1]);
  }

  async #scan() {
    const found = await scanRequest();
    if (found?.id) this.#requests.open(found.id);
    if (found?.foreign) this.#requests.receive(found.foreign);
  }
}
