/**
 * A client of the Suixing API for mini-programs. It knows nothing of WeChat or Alipay: what differs between them is the
 * `platform` it is given (lib/platform.js). This file is the same in both examples.
 *
 * - One session: opened by the platform's login code, kept in storage as a refresh token, refreshed when the access
 *   token ends. A refresh token is good once, so refreshing is done by one caller at a time; others wait for it.
 * - Refusals are problem documents (RFC 9457): decide by `problem.slug`, show `problem.title` and `problem.next`.
 */

const REFRESH_KEY = 'suixing.refresh'
const INSTALLATION_KEY = 'suixing.installation'
const EARLY_MS = 20 * 1000 // an access token is renewed this long before it ends

/** What the server declines, or `slug: 'offline'` where it cannot be reached. */
class Problem extends Error {
  /** @param {any} document @param {number} status @param {number} [retryAfter] seconds */
  constructor(document, status, retryAfter) {
    super(document.title || document.detail || 'offline')
    this.slug = (document.type || '').replace('/problems/', '') || (status ? 'unknown' : 'offline')
    this.title = document.title || ''
    this.next = document.next || ''
    this.errors = document.errors || []
    this.requestId = document.request_id || ''
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** The text of an id of 16 random bytes (UUID version 4, RFC 9562). */
function formatUuid(bytes) {
  const hex = Array.from(bytes, (byte, index) => {
    const fixed = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte
    return fixed.toString(16).padStart(2, '0')
  }).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function createClient({ baseUrl, platform, language = 'zh-CN', clock = Date.now }) {
  let session = null // {accessToken, endsAt, residentId, assurance}
  let opening = null

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, headers?: object, binary?: boolean}} [options]
   */
  async function send(method, path, { body, headers = {}, binary = false } = {}) {
    let answer
    try {
      answer = await platform.request({
        url: baseUrl + path,
        method,
        headers: Object.assign({ 'Accept-Language': language, 'Content-Type': 'application/json' }, headers),
        body: body === undefined ? undefined : JSON.stringify(body),
        binary,
      })
    } catch (error) {
      throw new Problem({}, 0)
    }
    if (answer.status >= 200 && answer.status < 300) return answer
    throw new Problem(platform.readJson(answer.body) || {}, answer.status, Number(answer.headers['retry-after']) || 0)
  }

  function keep(opened) {
    platform.storage.set(REFRESH_KEY, opened.refresh_token)
    session = {
      accessToken: opened.access_token,
      endsAt: Date.parse(opened.expires_at),
      residentId: opened.resident_id,
      assurance: opened.assurance,
    }
    return session
  }

  async function getInstallationId() {
    let id = platform.storage.get(INSTALLATION_KEY)
    if (!id) {
      id = formatUuid(await platform.randomBytes(16))
      platform.storage.set(INSTALLATION_KEY, id)
    }
    return id
  }

  async function logIn() {
    const grant = await platform.login()
    const body = Object.assign({ installation_id: await getInstallationId() }, grant)
    return keep(platform.readJson((await send('POST', '/v1/sessions', { body })).body))
  }

  async function refresh() {
    const token = platform.storage.get(REFRESH_KEY)
    if (!token) return logIn()
    try {
      return keep(platform.readJson((await send('POST', '/v1/sessions/refresh', { body: { refresh_token: token } })).body))
    } catch (problem) {
      if (problem.status !== 401 && problem.status !== 400) throw problem // away or busy: the token may still be good
      platform.storage.remove(REFRESH_KEY)
      return logIn()
    }
  }

  /** The session, opened or refreshed where needed. */
  async function open() {
    if (session && clock() < session.endsAt - EARLY_MS) return session
    if (!opening) {
      opening = refresh().then(
        (opened) => { opening = null; return opened },
        (problem) => { opening = null; throw problem },
      )
    }
    return opening
  }

  // Asks as the resident. A session that was ended meanwhile is opened again, once.
  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, headers?: object, binary?: boolean}} [options]
   */
  async function ask(method, path, options = {}) {
    const asked = await open()
    try {
      return await sendAs(asked, method, path, options)
    } catch (problem) {
      const rightsMayHaveGrown = ['identity-not-verified', 'installation-not-approved'].includes(problem.slug)
      if (session === asked && (rightsMayHaveGrown || problem.slug === 'unauthenticated')) session = null
      if (problem.slug !== 'unauthenticated') throw problem
      return sendAs(await open(), method, path, options)
    }
  }

  function sendAs(asked, method, path, options) {
    const headers = Object.assign({ Authorization: 'Bearer ' + asked.accessToken }, options.headers)
    return send(method, path, Object.assign({}, options, { headers }))
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: object}} [options]
   */
  async function askJson(method, path, options) {
    return platform.readJson((await ask(method, path, options)).body)
  }

  return {
    open,
    getInstallationId,
    /** Ends the session here and on the server; what is ended there already is no fault. */
    async leave() {
      const listed = await askJson('GET', '/v1/me/sessions')
      const own = listed.items.find((item) => item.current)
      session = null
      platform.storage.remove(REFRESH_KEY)
      if (own) await ask('DELETE', '/v1/me/sessions/' + own.id).catch(() => {})
    },

    getMe: () => askJson('GET', '/v1/me'),

    /** A code as a picture (a data URL), with when it ends and when to ask for the next. */
    async issueCode() {
      const answer = await ask('POST', '/v1/codes', {
        body: { kind: 'personal' },
        headers: { Accept: 'image/png' },
        binary: true,
      })
      return {
        picture: 'data:image/png;base64,' + platform.toBase64(answer.body),
        expiresAt: Date.parse(answer.headers['x-code-expires-at']),
        refreshAfter: Date.parse(answer.headers['x-code-refresh-after']),
        serverTime: Date.parse(answer.headers.date) || clock(),
      }
    },

    listMessages: (cursor) => askJson('GET', '/v1/me/messages' + (cursor ? '?cursor=' + encodeURIComponent(cursor) : '')),
    readMessages: (ids) => ask('POST', '/v1/me/messages/read', { body: { ids } }),

    /** Begins a face check; the person passes it on the page at its `url`. */
    startFaceCheck: ({ name, id_number }) => askJson('POST', '/v1/me/identity/checks', {
      body: { kind: 'face', name, id_number, device: platform.describeDevice() },
    }),

    /** Proves who the resident is: answers the fresh session, or the claim that waits where the identity is held. */
    async proveIdentity(body) {
      const answer = await ask('POST', '/v1/me/identity', { body })
      const proven = platform.readJson(answer.body)
      if (answer.status === 202) return { claim: proven }
      return { session: keep(proven) }
    },

    reportLocation: (body) => askJson('POST', '/v1/me/locations', { body }),
    registerDevice: async (body) => askJson('PUT', '/v1/me/devices/' + (await getInstallationId()), { body }),
  }
}

module.exports = { createClient, formatUuid, Problem }
