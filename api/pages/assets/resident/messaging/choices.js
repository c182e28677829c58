// What a resident chose of their messages: read once, and put back as a whole with each change.

import { language, useLanguage } from "../../kit.js";
import { askAsResident } from "../session.js";

const PATH = "/v1/me/preferences";
const ELDER = "suixing.elder";
const LANGUAGE = "suixing.language";

/** A phone is reached by Apple or by Firebase, which nobody has to know. */
export const PLACES = { phone: ["apns", "fcm"], wechat: ["wechat"], alipay: ["alipay"] };

/** The choices of whoever is logged in. */
export class Choices {
  #held = null;
  #saving = Promise.resolve();

  get held() {
    return this.#held;
  }

  async load() {
    this.#held = await askAsResident("GET", PATH);
  }

  /** Changes a part, and puts the whole back; changes made meanwhile wait their turn. */
  change(part) {
    this.#held = { ...this.#held, ...part };
    this.#saving = this.#saving.catch(() => {}).then(() => this.#put());
    return this.#saving;
  }

  /** Whether a category is heard of at a place. */
  hears(category, place) {
    return PLACES[place].some((channel) => category.channels[channel]);
  }

  /** Switches a category on or off at a place. */
  switch(name, place, on) {
    const channels = Object.fromEntries(PLACES[place].map((channel) => [channel, on]));
    return this.change({ categories: this.#held.categories.map((one) => (one.category === name ? { ...one, channels: { ...one.channels, ...channels } } : one)) });
  }

  async #put() {
    const { locale, time_zone: zone, quiet_hours: quiet, elder_view: elder, categories } = this.#held;
    const chosen = categories.map(({ category, channels }) => ({ category, channels }));
    try {
      await askAsResident("PUT", PATH, { json: { locale, time_zone: zone, quiet_hours: quiet, elder_view: elder, categories: chosen } });
    } catch (error) {
      await this.load().catch(() => {});
      throw error;
    }
  }
}

/**
 * On a device where nobody chose how the page looks, it looks as its resident chose elsewhere. Whoever changes it in the
 * page's head changes this device alone.
 */
export async function followChoices(session, setElder) {
  // Whom nobody let in is not told; who has proven nothing yet has chosen nothing elsewhere.
  if (session.assurance !== "verified" || (localStorage.getItem(ELDER) && localStorage.getItem(LANGUAGE))) return;
  const chosen = await askAsResident("GET", PATH);
  if (!chosen.chosen) return;
  if (!localStorage.getItem(ELDER) && chosen.elder_view) setElder(true);
  if (!localStorage.getItem(LANGUAGE) && chosen.locale !== language()) useLanguage(chosen.locale);
}
