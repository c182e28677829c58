// @parse/node-apn sends what standard input says to a stand-in of Apple's, and prints how each notification ended.
const { readFileSync } = require('node:fs');
const apn = require('../../npm/node_modules/@parse/node-apn');

const { port, authority, key, keyId, teamId, notifications } = JSON.parse(readFileSync(0, 'utf8'));
const provider = new apn.Provider({
  token: { key, keyId, teamId }, address: '127.0.0.1', port, ca: [authority], production: true,
});

async function send({ token, id, topic, pushType, priority, expiry, collapseId, payload }) {
  const notification = new apn.Notification();
  Object.assign(notification, { id, topic, pushType, priority, expiry, collapseId });
  notification.rawPayload = payload;
  const { failed } = await provider.send(notification, token);
  if (failed.length === 0) return null;
  const { status, response, error } = failed[0];
  return { status: Number(status ?? 0), reason: response?.reason ?? error?.message };
}

async function main() {
  const ended = [];
  for (const notification of notifications) ended.push(await send(notification));
  process.stdout.write(JSON.stringify(ended));
  await provider.shutdown();
  process.exit(0);
}

main();
