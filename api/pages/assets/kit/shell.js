// What makes the pages installable and able to open without a network.

const WORKER = "/assets/shell-worker.js";

/** Registers the worker that keeps the pages' own files; the page works as well without it. */
export async function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  try {
    // A script's address must be vouched for where the page demands trusted types.
    const policy = window.trustedTypes?.createPolicy("suixing-shell", {
      createScriptURL: (address) => {
        if (address !== WORKER) throw new TypeError("not the shell's worker");
        return address;
      },
    });
    await navigator.serviceWorker.register(policy ? policy.createScriptURL(WORKER) : WORKER, { scope: "/" });
  } catch {
    // Private windows and old servers refuse it.
  }
}
