// The verifier that the pages bring along, asked outside a browser: codes, trust lists and status lists.

import { readFileSync } from "node:fs";

const KIT = "../../../api/pages/assets/kit/codes";
const { applyStatusDelta } = await import(`${KIT}/deltas.js`);
const { takesForm } = await import(`${KIT}/forms.js`);
const { readStatusList, isRevoked } = await import(`${KIT}/status.js`);
const { readTrustList } = await import(`${KIT}/trust.js`);
const { verify } = await import(`${KIT}/verifying.js`);

const trusted = new Map();

async function trustIn(text, at) {
  if (!trusted.has(text)) trusted.set(text, await readTrustList(text, { now: at }));
  return trusted.get(text);
}

const ASKING = {
  form: ({ form, purpose }) => takesForm(form, purpose),
  code: async ({ text, trust, at, trusted_at: trustedAt }) => verify(text, await trustIn(trust, trustedAt), at),
  trust: async ({ text, at, pin, at_least: atLeast }) => {
    const { province, sequence, rootFingerprint, keys } = await readTrustList(text, { now: at, rootFingerprint: pin, atLeast });
    return { province, sequence, rootFingerprint, kids: keys.map((key) => key.kid) };
  },
  status: async ({ text, trust, trusted_at: trustedAt, at, province, uri, indices }) => {
    const list = await readStatusList(text, await trustIn(trust, trustedAt), { now: at, province, uri });
    return indices.map((index) => isRevoked(list, index));
  },
  delta: async ({ text, list, trust, trusted_at: trustedAt, at, province, uri, indices }) => {
    const trusted = await trustIn(trust, trustedAt);
    const held = await readStatusList(list, trusted, { now: trustedAt, province: "31", uri });
    const newer = await applyStatusDelta(text, held, trusted, { now: at, province });
    return indices.map((index) => isRevoked(newer, index));
  },
};

async function answer(question) {
  try {
    return { found: await ASKING[question.ask](question) };
  } catch (error) {
    if (!error.slug) throw error;
    return { slug: error.slug };
  }
}

const questions = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const question of questions) answers.push(await answer(question));
console.log(JSON.stringify(answers));
