// Verifies without a network, by the lists held here: what the server would say as far as it can be known, and a journal.

import { takesForm } from "../kit/codes/forms.js";
import { isRevoked } from "../kit/codes/status.js";
import { CodeRefused } from "../kit/codes/refusal.js";
import { normalise } from "../kit/codes/reading.js";
import { verify } from "../kit/codes/verifying.js";
import { write } from "./journal.js";
import { see } from "./ledger.js";

// Of these nothing could be learned later, and another QR's text is nobody's business.
const NOT_WRITTEN = new Set(["code-not-ours", "code-malformed"]);
// More is no code, and the server takes no more.
const LONGEST = 1024;
const USED_UP = new Set(["code-already-used", "code-revoked"]);

const tokenOf = ({ issuer, tokenId, expires }) => ({ token: `${issuer}:${tokenId}`, expires: expires * 1000 });

/** The checks of one scanner without a network. */
export class Gate {
  #scanner;
  #lists;
  #now;

  /** `scanner` is asked for its description at each check; `now` says the server's time as well as it is known. */
  constructor(scanner, lists, now) {
    this.#scanner = scanner;
    this.#lists = lists;
    this.#now = now;
  }

  /** Whether this device can decide anything without the server. */
  get ready() {
    return this.#lists.held && Boolean(this.#scanner().id);
  }

  /** Checks a text: a result as `check` in checking.js answers it. What is accepted stands in the journal by then. */
  async check(text) {
    const at = Date.now();
    const code = normalise(text);
    try {
      const found = await this.#judge(code);
      const claim = found.form === "paper" ? null : tokenOf(found);
      const id = await write(this.#scanner(), { code, outcome: "accepted", at, claim });
      if (id !== null) return this.#accepted(found, id, at);
      throw new CodeRefused("code-already-used", "This code was shown here before.");
    } catch (error) {
      if (!(error instanceof CodeRefused)) throw error;
      const isWritten = !NOT_WRITTEN.has(error.slug) && code.length <= LONGEST;
      const id = isWritten && await write(this.#scanner(), { code, outcome: error.slug, at });
      return { outcome: error.slug.startsWith("code-") ? "refused" : "unchecked", at, slug: error.slug, error, offline: true, entry: id || null };
    }
  }

  /** Remembers a code that the server has judged: without it, it would pass here a second time. */
  async remember(text, slug = null) {
    if (!this.ready || (slug !== null && !USED_UP.has(slug))) return;
    const found = await verify(text, this.#lists.trust, this.#now()).catch((error) => error.code ?? null);
    if (found && found.form !== "paper") await see(tokenOf(found));
  }

  async #judge(text) {
    const { requiresShift, shiftEndsAt } = this.#scanner();
    if (requiresShift && !(Date.parse(shiftEndsAt) > this.#now())) throw new CodeRefused("shift-required", "Nobody is signed in.");
    const found = await verify(text, this.#lists.trust, this.#now());
    this.#requireForm(found);
    if (this.#isRevoked(found)) throw new CodeRefused("code-revoked", "The status list says that it was revoked.");
    if (this.#isUncertain(found) && !this.#goesOn) throw new CodeRefused("lists-ended", "The lists are past their life.");
    return found;
  }

  // Whether the venue wants codes accepted by lists that have ended; a strict purpose never does.
  get #goesOn() {
    const { offline, strict } = this.#scanner();
    return offline?.policy === "warn" && !strict;
  }

  #requireForm({ form }) {
    if (!takesForm(form, this.#scanner())) throw new CodeRefused("code-form-refused", "This purpose takes no code of this form.");
  }

  // true, false, or null where no list that is held reaches so far.
  #isRevoked(found) {
    if (!found.status) return false;
    const list = this.#lists.statusList(found);
    return list && isRevoked(list, found.status.index);
  }

  #isUncertain(found) {
    const needed = [this.#lists.trust, ...(found.status ? [this.#lists.statusList(found)] : [])];
    return needed.some((one) => !one || one.expiresAt <= this.#now()) || this.#isRevoked(found) === null;
  }

  #accepted(found, id, at) {
    const { fields = [] } = this.#scanner();
    const warnings = [
      (found.form === "paper" || this.#scanner().checksPerson) && "check-person", found.form === "phone" && "made-offline",
      this.#isUncertain(found) && "lists-ended",
      // A paper is shown again and again: that it was shown elsewhere says nothing.
      found.form !== "paper" && "not-claimed",
    ].filter(Boolean);
    const scan = { scan_id: id, form: found.form, kind: fields.includes("kind") ? found.kind : undefined, holder: {}, province: found.issuer, warnings };
    return { outcome: "accepted", at, scan, offline: true, entry: id };
  }
}
