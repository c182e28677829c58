// What kinds of licences there are, in the words of the page's language. What is not known is called by its own name.

import { ask } from "./api.js";
import { language } from "./language.js";

const inWords = ({ zh, en }) => (language() === "en" ? en : zh);

/** The kinds of licences as the server has them. */
export class LicenceTypes {
  #types = new Map();

  /** Fetches them; throws what `ask` does. */
  async load() {
    const { items } = await ask("GET", "/v1/licence-types");
    this.#types = new Map(items.map((type) => [type.id, type]));
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
