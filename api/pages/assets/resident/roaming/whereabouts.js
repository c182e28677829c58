// Where the resident is: asks the browser by consent and while the page is looked at, and keeps the answer, a province.

import { announce, randomId, Refusal, serverNow, t } from "../../kit.js";
import { change, read } from "../keeping.js";
import { askAsResident, SessionEnded, WHEREABOUTS } from "../session.js";

// A crossing takes two positions three minutes apart; who stays where they are is asked less and less often.
const EVERY_MS = 200_000;
const SELDOM_MS = 900_000;
const STEADY = 5;
// Whoever comes back to the page within a minute has not gone far.
const AGAIN_MS = 60_000;
const PATIENCE_MS = 20_000;
// A position less exact than this is of no use to the rule: the next one may cost more battery.
const EXACT_M = 200;
// Who was in another province a day ago, and has not been seen since, may be anywhere.
const NEWS_MS = 86_400_000;
const DENIED = 1;
// Of the reasons why a position was not used, those that somebody can do something about.
const DOUBTS = { inaccurate: "unsure", stale: "unsure", malformed: "unsure", waiting: "waiting", "at-border": "waiting", "too-fast": "waiting" };

export const ARRIVED = "roaming.arrived";

function locate(options) {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) reject(new Error("no geolocation"));
    else navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: PATIENCE_MS, ...options });
  });
}

function shaped({ coords, timestamp }) {
  // The phone's clock may be wrong; how old a position is, it knows.
  const at = serverNow() - Math.max(0, Date.now() - timestamp);
  return { longitude: coords.longitude, latitude: coords.latitude, datum: "wgs84", accuracy_m: coords.accuracy, fixed_at: new Date(at).toISOString() };
}

/** Knows the last answer and whether this browser reports; calls back when either changes. */
export class Whereabouts {
  /** {province, roaming, at, source, hidden} of the last answer, or null. */
  last = null;
  /** Whether this browser reports. */
  on = false;
  /** Why there is no answer: "denied" by the browser, "unknown" to it, or an error of the server's; null where there is. */
  trouble = null;
  /** Why the last position was not taken for where somebody is: "unsure", "waiting", or null. */
  doubt = null;
  /** Whether a position is on its way. */
  asking = false;
  #onChange;
  #timer = null;
  #same = 0;
  #reportedAt = -Infinity;
  #isCoarse = false;
  // When it was last ended here: the messages of before stay in the inbox, and are no news.
  #endedAt = 0;
  // Messages that came before it was known how this browser was left; null once it is.
  #early = [];
  #turn = null;

  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Goes on as this browser was left. */
  async start() {
    document.addEventListener("visibilitychange", this.#onVisibility);
    const kept = await read(WHEREABOUTS).catch(() => undefined);
    this.last ??= kept?.last ?? null;
    this.#endedAt = Math.max(this.#endedAt, kept?.endedAt ?? 0);
    const early = this.#early ?? [];
    this.#early = null;
    this.learn(early);
    if (kept?.on) this.begin();
    else this.#onChange();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#pause();
    Object.assign(this, { on: false, last: null, trouble: null, doubt: null });
    this.#endedAt = 0;
    this.#early = [];
  }

  /** Begins to report from this browser: the consent has been given. */
  begin() {
    if (this.on) return;
    this.on = true;
    this.trouble = null;
    this.#keep();
    this.#report({ maximumAge: AGAIN_MS });
  }

  /** Ends it here, and forgets the answer with it. */
  end() {
    this.#pause();
    Object.assign(this, { on: false, last: null, trouble: null, doubt: null });
    this.#endedAt = serverNow();
    this.#keep();
  }

  /** Looks again, now. */
  again() {
    return this.#report({ maximumAge: 0, enableHighAccuracy: true });
  }

  /** The province to welcome somebody to, as {province, at, source}; null at home, and where they want no more of it. */
  get arrival() {
    const { last } = this;
    if (!last?.roaming || last.hidden) return null;
    return Date.parse(last.at) < serverNow() - NEWS_MS ? null : last;
  }

  /** Wants to hear no more of this arrival. */
  hide() {
    if (this.last) this.last = { ...this.last, hidden: true };
    this.#keep();
  }

  /** Learns from messages what a scan or another device has told the server. */
  learn(messages) {
    if (this.#early) {
      this.#early = messages;
      return;
    }
    const news = messages.find((message) => message.topic === ARRIVED && message.data?.province);
    if (!news) return;
    const { province, at = news.created_at, source } = news.data;
    const since = Math.max(serverNow() - NEWS_MS, this.#endedAt, this.last ? Date.parse(this.last.at) : 0);
    // A browser that looks itself knows better than what another device has seen: a tablet stays at home.
    if (Date.parse(at) <= since || (this.on && source !== "scan")) return;
    this.last = { province, roaming: true, at, source, hidden: false };
    this.#keep();
  }

  #pause() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#turn = null;
    this.asking = false;
  }

  #onVisibility = () => {
    if (document.visibilityState === "hidden") this.#pause();
    else if (this.on && !this.asking) this.#wait(Math.max(0, this.#reportedAt + AGAIN_MS - Date.now()));
  };

  #wait(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#report({ maximumAge: AGAIN_MS, enableHighAccuracy: this.#isCoarse }), milliseconds);
  }

  async #report(options) {
    if (!this.on || this.asking || document.visibilityState === "hidden") return;
    const turn = randomId();
    Object.assign(this, { asking: true });
    this.#turn = turn;
    this.#onChange();
    let pause = EVERY_MS;
    try {
      const position = await locate(options);
      this.#isCoarse = position.coords.accuracy > EXACT_M;
      const answer = await askAsResident("POST", "/v1/me/locations", { json: shaped(position) });
      // Withdrawn or hidden meanwhile: what was under way counts no more.
      if (this.#turn !== turn) return;
      this.#take(answer);
      pause = Math.min(SELDOM_MS, EVERY_MS * (1 + Math.floor(this.#same / STEADY)));
    } catch (error) {
      if (this.#turn !== turn || error instanceof SessionEnded) return;
      pause = this.#meet(error);
    }
    this.asking = false;
    this.#reportedAt = Date.now();
    if (pause) this.#wait(pause);
    this.#keep();
  }

  #take(answer) {
    this.trouble = answer.province ? null : "unknown";
    this.doubt = DOUBTS[answer.reason] ?? null;
    const isSame = this.last?.province === answer.province;
    this.#same = isSame ? this.#same + 1 : 0;
    if (!answer.province) return;
    const at = new Date(serverNow()).toISOString();
    this.last = { province: answer.province, roaming: answer.roaming, at, source: "fix", hidden: isSame && Boolean(this.last.hidden) };
    if (answer.crossing && answer.roaming) announce(t("roaming.arrived"));
  }

  // In how many milliseconds to try again; 0 for not by itself.
  #meet(error) {
    if (error instanceof Refusal && /location-consent/.test(error.slug)) {
      Object.assign(this, { on: false, last: null, trouble: error });
      this.#endedAt = serverNow();
      return 0;
    }
    if (error?.code === DENIED && !(error instanceof Error)) {
      this.trouble = "denied";
      return 0;
    }
    this.trouble = error instanceof Refusal ? error : "unknown";
    return error.retryAfter ? error.retryAfter * 1000 : EVERY_MS;
  }

  #keep() {
    const { on, last } = this;
    const endedAt = this.#endedAt;
    change(WHEREABOUTS, () => (on || last || endedAt ? { on, last, endedAt } : undefined)).catch(() => {});
    this.#onChange();
  }
}
