// Apple's push service as a strict stand-in: HTTP/2 over TLS, every documented rule checked, answers scripted.
//
// https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
import { createPublicKey, verify } from 'node:crypto';
import { constants, createSecureServer } from 'node:http2';
import * as callers from './callers.mjs';
import { talk } from './talking.mjs';

const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR } = constants;
const PSEUDO = [':method', ':scheme', ':authority', ':path'];
const PUSH_TYPES = new Set(['alert', 'background', 'location', 'voip', 'complication', 'fileprovider', 'mdm',
  'liveactivity', 'pushtotalk', 'widgets', 'controls']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HOUR = 3600;
const UPDATE_SECONDS = 20 * 60;
const STATUS = { PayloadTooLarge: 413, BadPath: 404, MethodNotAllowed: 405, TooManyProviderTokenUpdates: 429 };
const FORBIDDEN = new Set(['ExpiredProviderToken', 'InvalidProviderToken', 'MissingProviderToken', 'Forbidden']);

let config; // {key, cert, teams: {team: {kid, public_key, topics}}, maxStreams, goawayEvery, offset}
const scripts = new Map(); // device token → answers to give before it is served
const accepted = new Map(); // apns-id → how often it was accepted
const shown = new Map(); // collapse id → apns-id → how often it was accepted
const violations = new Set();
const rejected = new Map(); // reason → how often a rule was broken
const sessions = new Set();
let last; // headers of the latest request, but for its provider token
let connections = 0;
let requests = 0;
let atOnce = 0;
let mostAtOnce = 0;

class Rejection extends Error {}

function reject(reason) {
  rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
  throw new Rejection(reason);
}

// What HTTP/2 itself asks for (RFC 9113, 8.3): a peer that breaks this has a fault that some servers forgive.
function checkForm(raw) {
  const names = raw.filter((_, at) => at % 2 === 0);
  const leading = names.filter((name) => name.startsWith(':'));
  if (!names.slice(0, leading.length).every((name) => name.startsWith(':'))) violations.add('pseudo-header-after-header');
  if (leading.length !== 4 || !PSEUDO.every((name) => leading.includes(name))) violations.add('pseudo-headers');
  if (names.some((name) => name !== name.toLowerCase())) violations.add('upper-case-name');
  const known = names.filter((name) => name === 'authorization' || name.startsWith('apns-'));
  if (new Set(known).size !== known.length) reject('DuplicateHeaders');
}

function decode(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

const verified = new Map(); // provider token → what it says, so that each is verified once

function readToken(headers) {
  const given = headers.authorization;
  if (!given?.startsWith('bearer ')) reject('MissingProviderToken');
  if (!verified.has(given)) verified.set(given, verifyToken(given));
  const token = verified.get(given);
  const age = Date.now() / 1000 + (config.offset ?? 0) - token.issued;
  if (age > HOUR || age < -HOUR) reject('ExpiredProviderToken');
  return token;
}

function verifyToken(given) {
  const parts = given.slice('bearer '.length).split('.');
  if (parts.length !== 3) reject('InvalidProviderToken');
  let header, claims;
  try { [header, claims] = [decode(parts[0]), decode(parts[1])]; } catch { reject('InvalidProviderToken'); }
  const team = config.teams[claims.iss];
  if (header.alg !== 'ES256' || !team || header.kid !== team.kid) reject('InvalidProviderToken');
  if (Object.keys(claims).sort().join() !== 'iat,iss' || !Number.isInteger(claims.iat)) reject('InvalidProviderToken');
  const key = { key: createPublicKey(team.public_key), dsaEncoding: 'ieee-p1363' };
  const signed = verify('sha256', Buffer.from(`${parts[0]}.${parts[1]}`), key, Buffer.from(parts[2], 'base64url'));
  if (!signed) reject('InvalidProviderToken');
  return { text: given, issued: claims.iat, team: claims.iss };
}

// A connection is one team's, and takes another token of it every twenty minutes at most.
function checkConnection(state, token) {
  if (state.team && state.team !== token.team) {
    violations.add('two-teams-on-one-connection');
    reject('Forbidden');
  }
  if (state.token && state.token.text !== token.text && token.issued - state.token.issued < UPDATE_SECONDS) {
    reject('TooManyProviderTokenUpdates');
  }
  state.team = token.team;
  state.token = token;
}

function checkHeaders(headers, team) {
  if (headers[':method'] !== 'POST') reject('MethodNotAllowed');
  const path = /^\/3\/device\/(.*)$/.exec(headers[':path']);
  if (!path) reject('BadPath');
  if (!path[1]) reject('MissingDeviceToken');
  if (!/^([0-9a-fA-F]{2})+$/.test(path[1])) reject('BadDeviceToken');
  const topic = headers['apns-topic'];
  if (!topic) reject('MissingTopic');
  if (!/^[A-Za-z0-9.-]+$/.test(topic)) reject('BadTopic');
  if (!config.teams[team].topics.includes(topic)) reject('TopicDisallowed');
  if (!PUSH_TYPES.has(headers['apns-push-type'])) reject('InvalidPushType');
  const priority = headers['apns-priority'] ?? '10';
  if (!['1', '5', '10'].includes(priority)) reject('BadPriority');
  if (headers['apns-push-type'] === 'background' && priority === '10') reject('BadPriority');
  if (!/^\d+$/.test(headers['apns-expiration'] ?? '0')) reject('BadExpirationDate');
  const collapse = headers['apns-collapse-id'];
  if (collapse !== undefined && (!collapse || Buffer.byteLength(collapse, 'latin1') > 64)) reject('BadCollapseId');
  if (headers['apns-id'] !== undefined && !UUID.test(headers['apns-id'])) reject('BadMessageId');
  return path[1];
}

function checkPayload(body) {
  if (body.length === 0) reject('PayloadEmpty');
  if (body.length > 4096) reject('PayloadTooLarge');
  let payload;
  try { payload = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)); } catch { reject('PayloadEmpty'); }
  if (payload?.aps === undefined || typeof payload.aps !== 'object') violations.add('payload-without-aps');
}

function judge(state, headers, raw, body) {
  checkForm(raw);
  const token = readToken(headers);
  checkConnection(state, token);
  const device = checkHeaders(headers, token.team);
  checkPayload(body);
  return device;
}

function answer(stream, status, id, reason, timestamp, more = {}) {
  const headers = { ':status': status, ...(id ? { 'apns-id': id } : {}), ...more };
  if (!reason) return callers.answer(stream, headers);
  const body = JSON.stringify(timestamp === undefined ? { reason } : { reason, timestamp });
  callers.answer(stream, { ...headers, 'content-type': 'application/json' }, body);
}

function perform(session, stream, id, script) {
  if (script.hang) return;
  if (script.close) return callers.cutOff(session);
  if (script.reset) return void stream.close(NGHTTP2_INTERNAL_ERROR);
  if (script.refuse) return void stream.close(NGHTTP2_REFUSED_STREAM);
  if (script.goaway) return callers.leave(session, script.code ?? NGHTTP2_NO_ERROR, script.last ?? 0);
  if (script.body !== undefined) return callers.answer(stream, { ':status': script.status }, script.body);
  answer(stream, script.status, id, script.reason, script.timestamp, script.headers);
}

function serve(session, state, stream, headers, raw, body) {
  requests += 1;
  const { authorization: _, ...shown } = headers;
  last = shown;
  const id = headers['apns-id'];
  let device;
  try {
    device = judge(state, headers, raw, body);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const reason = error.message;
    return answer(stream, STATUS[reason] ?? (FORBIDDEN.has(reason) ? 403 : 400), id, reason);
  }
  const script = scripts.get(device)?.shift();
  if (script) return perform(session, stream, id, script);
  accepted.set(id, (accepted.get(id) ?? 0) + 1);
  noteShown(headers['apns-collapse-id'] ?? id, id);
  answer(stream, 200, id);
}

function noteShown(collapse, id) {
  const ids = shown.get(collapse) ?? {};
  ids[id] = (ids[id] ?? 0) + 1;
  shown.set(collapse, ids);
}

function greet(session) {
  const state = { served: 0 };
  connections += 1;
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
  callers.outlive(session);
  session.on('stream', (stream, headers, _flags, raw) => {
    state.served += 1;
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    const leaving = config.goawayEvery && state.served === config.goawayEvery;
    stream.on('close', () => { atOnce -= 1; });
    callers.outlive(stream);
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => serve(session, state, stream, headers, raw, Buffer.concat(parts)));
    if (leaving) {
      callers.leave(session, NGHTTP2_NO_ERROR, stream.id); // whatever came later may be sent again
      session.close();
    }
  });
}

function report() {
  return {
    connections, requests, mostAtOnce, violations: [...violations],
    last,
    accepted: accepted.size,
    doubled: [...accepted.values()].filter((times) => times > 1).length,
    rejected: Object.fromEntries(rejected),
  };
}

function obey(command) {
  if (command.script) for (const [token, answers] of Object.entries(command.script)) scripts.set(token, [...answers]);
  if (command.offset !== undefined) config.offset = command.offset;
  if (command.destroy) for (const session of sessions) callers.cutOff(session);
  return command.list ? { ...report(), shown: Object.fromEntries(shown) } : report();
}

function begin(told, say) {
  config = told;
  const settings = config.maxStreams ? { maxConcurrentStreams: config.maxStreams } : {};
  const server = createSecureServer({ key: config.key, cert: config.cert, allowHTTP1: false, settings });
  server.on('session', greet);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
}

talk(begin, obey);
