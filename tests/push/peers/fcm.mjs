// Firebase Cloud Messaging and Google's token endpoint as a strict stand-in, answers scripted.
//
// https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages and
// https://developers.google.com/identity/protocols/oauth2/service-account
import { createPublicKey, verify } from 'node:crypto';
import { createSecureServer } from 'node:http2';
import * as callers from './callers.mjs';
import { talk } from './talking.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
const FIELDS = new Set(['token', 'notification', 'data', 'android']);
const ANDROID = new Set(['priority', 'ttl', 'notification', 'collapse_key']);
const LONGEST = 4096;

let config; // {key, cert, accounts: {project: {email, kid, public_key}}}
let tokenUri = '';
const scripts = new Map(); // device token, or 'oauth' → answers to give first
const accepted = new Map(); // tag → how often it was accepted
const granted = new Map(); // access token → project
const seen = { requests: 0, grants: 0, connections: 0, messages: [] };

function fail(stream, status, word, message, details = []) {
  reply(stream, status, { error: { code: status, message, status: word, details } });
}

function reply(stream, status, body, headers = {}) {
  const told = { ':status': status, 'content-type': 'application/json; charset=UTF-8', ...headers };
  callers.answer(stream, told, typeof body === 'string' ? body : JSON.stringify(body));
}

function perform(session, stream, script) {
  if (script.hang) return;
  if (script.close) return callers.cutOff(session); // or the socket of an old request
  reply(stream, script.status, script.body, script.headers);
}

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

// Says why an assertion is none, or which project it is of.
function judgeAssertion(text) {
  const parts = (text ?? '').split('.');
  if (parts.length !== 3) return { fault: 'Bad Request' };
  const [header, claims] = [decode(parts[0]), decode(parts[1])];
  const found = Object.entries(config.accounts).find(([, one]) => one.email === claims.iss);
  if (header.alg !== 'RS256' || !found) return { fault: 'Invalid grant: account not found' };
  const [project, account] = found;
  if (account.kid && header.kid !== account.kid) return { fault: 'Invalid kid' };
  const signed = verify('sha256', Buffer.from(`${parts[0]}.${parts[1]}`), createPublicKey(account.public_key),
    Buffer.from(parts[2], 'base64url'));
  if (!signed) return { fault: 'Invalid JWT Signature.' };
  const now = Date.now() / 1000;
  if (claims.aud !== tokenUri || claims.scope !== SCOPE) return { fault: 'Invalid JWT: audience or scope' };
  const short = claims.exp - claims.iat <= 3600 && claims.exp > now && claims.iat < now + 60;
  return short ? { project } : { fault: 'Invalid JWT: Token must be a short-lived token' };
}

function grant(session, stream, body) {
  seen.grants += 1;
  const script = scripts.get('oauth')?.shift();
  if (script) return perform(session, stream, script);
  const form = new URLSearchParams(body.toString('utf8'));
  const { fault, project } = judgeAssertion(form.get('assertion'));
  if (form.get('grant_type') !== GRANT || fault) {
    return reply(stream, 400, { error: 'invalid_grant', error_description: fault ?? 'grant_type' });
  }
  const token = `ya29.${seen.grants}-${project}`;
  granted.set(token, project);
  reply(stream, 200, { access_token: token, expires_in: config.lifetime ?? 3599, token_type: 'Bearer' });
}

// The first field that is none of Firebase's, or of another type.
function findViolation(told) {
  const message = told?.message;
  if (typeof message !== 'object' || message === null) return 'message';
  const strange = Object.keys(message).find((name) => !FIELDS.has(name));
  if (strange) return `message.${strange}`;
  const odd = Object.keys(message.android ?? {}).find((name) => !ANDROID.has(name));
  if (odd) return `message.android.${odd}`;
  if (!/^\d+s$/.test(message.android?.ttl ?? '0s')) return 'message.android.ttl';
  if (!['high', 'normal', undefined].includes(message.android?.priority)) return 'message.android.priority';
  const data = Object.entries(message.data ?? {}).find(([, value]) => typeof value !== 'string');
  return data ? `message.data[0].${data[0]}` : undefined;
}

function send(session, stream, headers, body) {
  const project = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(headers[':path'])?.[1];
  if (!project || headers[':method'] !== 'POST') return reply(stream, 404, '<!DOCTYPE html><title>Error 404</title>');
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (!granted.has(bearer)) return fail(stream, 401, 'UNAUTHENTICATED', 'invalid authentication credentials');
  if (!config.accounts[project]) return fail(stream, 404, 'NOT_FOUND', 'Requested entity was not found.');
  if (granted.get(bearer) !== project) return fail(stream, 403, 'PERMISSION_DENIED', 'Permission denied');
  let told;
  try { told = JSON.parse(body); } catch { return fail(stream, 400, 'INVALID_ARGUMENT', 'Invalid JSON payload'); }
  const script = scripts.get(told?.message?.token)?.shift();
  if (script) return perform(session, stream, script);
  const field = findViolation(told);
  if (field) {
    const details = [{ '@type': BAD_REQUEST, fieldViolations: [{ field, description: 'Invalid value' }] }];
    return fail(stream, 400, 'INVALID_ARGUMENT', `Invalid value at '${field}'`, details);
  }
  const { token, notification, data, android } = told.message;
  const size = Buffer.byteLength(JSON.stringify({ notification, data }));
  if (!/^[\w:-]{20,}$/.test(token ?? '') || size > LONGEST) {
    const details = [{ '@type': FCM_ERROR, errorCode: 'INVALID_ARGUMENT' }];
    return fail(stream, 400, 'INVALID_ARGUMENT', 'The registration token is not a valid FCM registration token', details);
  }
  const tag = android?.notification?.tag;
  accepted.set(tag, (accepted.get(tag) ?? 0) + 1);
  seen.messages.push(told.message);
  reply(stream, 200, { name: `projects/${project}/messages/0:${tag}` });
}

function serve(session, stream, headers) {
  const parts = [];
  callers.outlive(stream);
  stream.on('data', (part) => parts.push(part));
  stream.on('end', () => {
    seen.requests += 1;
    send(session, stream, headers, Buffer.concat(parts));
  });
}

// Google's token endpoint is asked over HTTP/1.1 as well as over HTTP/2.
function serveOldRequest(request, response) {
  if (request.httpVersionMajor !== 1) return; // served as a stream
  const stream = {
    respond: ({ ':status': status, ...headers }) => response.writeHead(status, headers),
    end: (body) => response.end(body),
  };
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    if (request.method === 'POST' && request.url === '/token') return grant(request.socket, stream, Buffer.concat(parts));
    reply(stream, 404, '{}');
  });
}

function begin(told, say) {
  config = told;
  const server = createSecureServer({ key: config.key, cert: config.cert, allowHTTP1: true });
  server.on('session', (session) => {
    seen.connections += 1;
    callers.outlive(session);
    session.on('stream', (stream, headers) => serve(session, stream, headers));
  });
  server.on('request', serveOldRequest);
  server.listen(0, '127.0.0.1', () => {
    tokenUri = `https://127.0.0.1:${server.address().port}/token`;
    say({ port: server.address().port });
  });
}

function obey(command) {
  if (command.script) for (const [token, answers] of Object.entries(command.script)) scripts.set(token, [...answers]);
  if (command.revoke) granted.clear();
  const doubled = [...accepted.values()].filter((times) => times > 1).length;
  return { ...seen, accepted: accepted.size, doubled };
}

talk(begin, obey);
