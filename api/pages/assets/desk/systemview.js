// What runs underneath: workers, the outbox by channel, keys with their ages, and what became of pushes.

import { dayAndTime, h, has, question, t } from "../kit.js";
import { DeliveriesCard } from "./deliveriescard.js";
import { amount, day, shortId, span } from "./format.js";
import { button, empty, field, perform, state, table, View, wordsField } from "./parts.js";
import { askAsStaff } from "./session.js";

const SILENT_SECONDS = 120;
const TONES = { coming: "quiet", signing: "good", past: "quiet", ended: "quiet", withdrawn: "bad" };
const USES = ["code", "certificate", "paper", "licence", "list", "federation"];

const useOf = (use) => (has(`desk.use.${use}`) ? t(`desk.use.${use}`) : use);
const channelOf = (channel) => (has(`desk.channel.${channel}`) ? t(`desk.channel.${channel}`) : channel);

function workerRow(worker) {
  const silent = worker.seen_seconds > SILENT_SECONDS;
  const standing = worker.stopped_at ? state("quiet", t("desk.worker.stopped")) : state(silent ? "bad" : "good", t(silent ? "desk.worker.silent" : "desk.worker.alive"));
  return [h("code", {}, shortId(worker.id)), standing, span(worker.seen_seconds), dayAndTime(worker.started_at), worker.version];
}

function keyRow(key, canPropose) {
  const canWithdraw = canPropose && USES.includes(key.use) && !["withdrawn", "ended"].includes(key.state);
  return [h("code", {}, key.kid), useOf(key.use), state(key.days_left < 7 && key.state === "signing" ? "warn" : TONES[key.state], t(`desk.key.${key.state}`)),
    t("desk.unit.d", { value: amount(Math.floor(key.age_days)) }), `${day(key.signs_from)} – ${day(key.signs_until)}`, t("desk.unit.d", { value: amount(Math.floor(key.days_left)) }),
    canWithdraw ? button(t("desk.withdraw"), () => proposeWithdrawal(key), "danger-quiet small") : ""];
}

async function proposeWithdrawal(key) {
  const answer = await question({ title: t("desk.withdraw.title", { kid: key.kid, use: useOf(key.use) }), text: t("desk.withdraw.text"), fields: [wordsField(t("desk.reason"), "reason")], confirm: t("desk.propose"), danger: true });
  if (answer) await perform(() => askAsStaff("POST", "/v1/staff/proposals", { kind: "keys.withdraw", kid: key.kid, ...answer }), t("desk.proposed.said"));
}

async function proposeRotation() {
  const use = h("select", { class: "input", name: "use" }, USES.map((one) => h("option", { value: one }, useOf(one))));
  const answer = await question({ title: t("desk.rotate.title"), text: t("desk.rotate.text"), fields: [field(t("desk.key.use"), use), wordsField(t("desk.reason"), "reason")], confirm: t("desk.propose") });
  if (answer) await perform(() => askAsStaff("POST", "/v1/staff/proposals", { kind: "keys.rotate", ...answer }), t("desk.proposed.said"));
}

/** The view; an auditor proposes nothing. */
export class SystemView extends View {
  #canPropose;
  #deliveries = new DeliveriesCard();

  constructor(canPropose) {
    super("system", { load: () => this.#draw(), every: 15_000 });
    this.#canPropose = canPropose;
    this.node.append(this.#deliveries.node);
  }

  start() {
    super.start();
    this.#deliveries.start();
  }

  stop() {
    super.stop();
    this.#deliveries.stop();
  }

  async #draw() {
    const seen = await askAsStaff("GET", "/v1/desk/overview");
    const channels = seen.outbox.map((one) => [channelOf(one.channel), amount(one.waiting), span(one.oldest_seconds), amount(one.lost_today)]);
    return [
      h("section", { class: "stack" }, h("h2", {}, t("desk.workers")),
        seen.workers.length ? table(t("desk.workers"), [t("desk.worker"), t("desk.state"), t("desk.worker.heard"), t("desk.worker.since"), t("desk.version")], seen.workers.map(workerRow)) : empty(t("desk.workers.none"))),
      h("section", { class: "stack" }, h("h2", {}, t("desk.outbox")),
        channels.length ? table(t("desk.outbox"), [t("desk.channel"), t("desk.waiting"), t("desk.oldest"), t("desk.lost")], channels) : empty(t("desk.outbox.none"))),
      h("section", { class: "stack" }, h("div", { class: "head-line" }, h("h2", {}, t("desk.keys")), this.#canPropose && button(t("desk.rotate"), proposeRotation)),
        table(t("desk.keys"), [t("desk.key"), t("desk.key.use"), t("desk.state"), t("desk.key.age"), t("desk.key.signs"), t("desk.key.left"), t("desk.act")], seen.keys.map((key) => keyRow(key, this.#canPropose))),
        h("p", { class: "soft small number" }, t("desk.trust.line", { sequence: seen.trust_list.sequence, left: span(seen.trust_list.seconds_left) }))),
    ];
  }
}
