// What licences there are and which of them this venue may ask for, in the words of the page's language.

import { ask, language } from "../kit.js";
import { askAsScanner } from "./scanner.js";

const inWords = ({ zh, en }) => (language() === "en" ? en : zh);

/** The kinds of licences as the server has them, and what this scanner's purpose may ask of each. */
export class Licences {
  #types = new Map();
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
    const [types, askable] = await Promise.all([ask("GET", "/v1/licence-types"), askAsScanner("GET", "/v1/scanner/licences", scanner)]);
    this.#types = new Map(types.items.map((type) => [type.id, type]));
    this.askable = askable.items;
  }

  /** What a kind of licence is called. */
  name(typeId) {
    const type = this.#types.get(typeId);
    return type ? inWords(type.name) : typeId;
  }

  /** What a field is called. */
  label(typeId, fieldId) {
    const field = this.#field(typeId, fieldId);
    return field ? inWords(field.label) : fieldId;
  }

  /** What a field is for whoever reads it: "name", "number", "image", or "text". */
  part(typeId, fieldId) {
    const type = this.#types.get(typeId);
    if (this.#field(typeId, fieldId)?.kind === "image") return "image";
    if (fieldId === type?.name_field) return "name";
    return fieldId === type?.number_field || fieldId === "id_number" ? "number" : "text";
  }

  /** Fields in the order in which the card has them. */
  ordered(typeId, fieldIds) {
    const places = (this.#types.get(typeId)?.fields ?? []).map((field) => field.id);
    return [...fieldIds].sort((one, other) => places.indexOf(one) - places.indexOf(other));
  }

  #field(typeId, fieldId) {
    return this.#types.get(typeId)?.fields.find((field) => field.id === fieldId);
  }
}
