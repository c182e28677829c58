// Callers come and go: killed, cut off or impatient. As with a real provider their connection dies, and the server does not.

/** Nobody has to know that a caller went without a word: what is under way with it just ends. */
export function outlive(sessionOrStream) {
  sessionOrStream.on('error', () => {});
}

/** Answers with a body, or without one, where the caller is there still. */
export function answer(stream, headers, body) {
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
}

/** Cuts a connection off, in a turn of its own: in a stream's event, while the connection was being left, Node itself
 * fell by SIGSEGV (24.19, within seconds of closes and goodbyes), with no word said. */
export function cutOff(session) {
  setImmediate(() => session.destroy());
}

/** Says goodbye to a connection that is there still: what came after the `last` stream was not taken. */
export function leave(session, code, last) {
  if (!session.destroyed) session.goaway(code, last);
}
