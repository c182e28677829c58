// What is wrong with a code or a list; `slug` names it, in the same words as the server's.

/** A text that is not a good code now. `code` is there where the signatures are genuine and only the time is not. */
export class CodeRefused extends Error {
  constructor(slug, message, code = null) {
    super(message);
    this.slug = slug;
    this.code = code;
  }
}

/** A trust list or a status list that must not be used. */
export class ListRefused extends Error {
  constructor(slug, message) {
    super(message);
    this.slug = slug;
  }
}
