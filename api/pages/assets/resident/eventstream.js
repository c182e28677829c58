// Reads text/event-stream by hand: EventSource cannot send the bearer.

/** Turns pieces of an event stream into events, however the pieces are cut. */
export class EventParser {
  #rest = "";
  #event = { type: "message", data: [], id: "" };

  /** Takes a piece of text and returns the events that it completes: {type, data, id}. */
  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter(Boolean);
  }

  #line(line) {
    if (line === "") return this.#finish();
    if (line.startsWith(":")) return null;
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (name === "data") this.#event.data.push(value);
    if (name === "event") this.#event.type = value;
    if (name === "id") this.#event.id = value;
    return null;
  }

  #finish() {
    const { type, data, id } = this.#event;
    this.#event = { type: "message", data: [], id: "" };
    return data.length ? { type, data: data.join("\n"), id } : null;
  }
}

/** Yields the events of a response's body until it ends; throws when nothing at all came for `silenceMs`. */
export async function* eventsOf(response, silenceMs) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  try {
    for (;;) {
      let timer;
      const silence = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("the stream fell silent")), silenceMs);
      });
      const { done, value } = await Promise.race([reader.read(), silence]).finally(() => clearTimeout(timer));
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
