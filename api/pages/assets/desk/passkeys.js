// Passkeys (Web Authentication, Level 3), with options and answers as JSON.

/** Whether this browser can do it here: on HTTPS or this machine. */
export function hasPasskeys() {
  return Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials);
}

/** Asks for one of the known passkeys; null where nobody showed one. */
export async function askPasskey(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const shown = await navigator.credentials.get({ publicKey }).catch(() => null);
  return shown?.toJSON() ?? null;
}

/** Makes a new passkey; null where nobody did. */
export async function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = await navigator.credentials.create({ publicKey }).catch(() => null);
  return made?.toJSON() ?? null;
}
