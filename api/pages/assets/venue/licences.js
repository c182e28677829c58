// What licences there are and which of them this venue may ask for.

import { LicenceTypes } from "../kit/licencetypes.js";
import { askAsScanner } from "./scanner.js";

/** The kinds of licences, and what this scanner's purpose may ask of each. */
export class Licences extends LicenceTypes {
  #loading = null;
  /** [{licence_type, fields, kept_days}] of this scanner's purpose; empty until it is known. */
  askable = [];

  /** Fetches both once; another call after a failure tries again. Throws what `ask` does. */
  load(scanner) {
    this.#loading ??= this.#fetch(scanner).catch((error) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #fetch(scanner) {
    const [{ items }] = await Promise.all([askAsScanner("GET", "/v1/scanner/licences", scanner), super.load()]);
    this.askable = items;
  }
}
