// The development strip of the login page: people to try, and the texts that the stand-in gateway received.

import { ask } from "../kit.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The demo people, or nothing where this is no development server. */
export async function demoPeople() {
  // Elsewhere the route does not exist, and asking would only leave an error in the console.
  if (!LOOPBACK.has(location.hostname)) return [];
  try {
    return (await ask("GET", "/v1/development/people")).items;
  } catch {
    return [];
  }
}

let asked = null;

/** Whether this is a development server, asked once. */
export function isDevelopment() {
  asked ??= demoPeople().then((people) => people.length > 0);
  return asked;
}

/** The demo's venue manager, in a list as the demo people are. */
export async function demoManagers() {
  if (!LOOPBACK.has(location.hostname)) return [];
  return ask("GET", "/v1/development/people").then((demo) => [{ verified: true, ...demo.manager }], () => []);
}

/** When a phone was last texted, asked before another text is: null where it never was, or this is no development server. */
export async function lastTexted(phone) {
  return (/^\+?\d{11,15}$/.test(phone) && (await isDevelopment()) && (await newestText(phone))?.sent_at) || null;
}

/** The one-time password sent to a phone after that, or null when none came: the worker that sends it may still be starting. */
export async function sentOtp(phone, before) {
  for (let tries = 0; tries < 120; tries += 1) {
    const found = await newestText(phone);
    if (found && found.sent_at !== before) return found.otp;
    await new Promise((resolve) => { setTimeout(resolve, 250); });
  }
  return null;
}

async function newestText(phone) {
  try {
    const { items } = await ask("GET", `/v1/development/texts?phone=${encodeURIComponent(phone)}`);
    return items.find((item) => item.otp);
  } catch {
    return null;
  }
}
