/** What the client needs of Alipay: base library 2.7 or newer. */

function lowerCase(headers) {
  const found = {}
  Object.keys(headers || {}).forEach((name) => { found[name.toLowerCase()] = headers[name] })
  return found
}

function getAuthCode() {
  return new Promise((resolve, reject) => {
    my.getAuthCode({ scopes: ['auth_base'], success: ({ authCode }) => resolve(authCode), fail: reject })
  })
}

function createPlatform(appId) {
  return {
    request: ({ url, method, headers, body, binary }) => new Promise((resolve, reject) => {
      const settle = (answer) => resolve({
        status: answer.status,
        headers: lowerCase(answer.headers),
        body: answer.data,
      })
      my.request({
        url,
        method,
        headers,
        data: body,
        dataType: binary ? 'arraybuffer' : 'text',
        timeout: 10000,
        success: settle,
        // Alipay calls `fail` for 4xx and 5xx too (error 19): these are answers, and mostly say what is wrong.
        fail: (/** @type {any} */ answer) => {
          if (answer.error === 19) settle(Object.assign({ status: 400, headers: {}, data: '' }, answer))
          else reject(answer)
        },
      })
    }),

    login: async () => ({ grant: 'alipay', app_id: appId, auth_code: await getAuthCode() }),

    /** Alipay offers no random bytes: an authorization code, which nobody can guess, is mixed with what there is. */
    async randomBytes(length) {
      const seed = await getAuthCode()
      return Uint8Array.from({ length }, (_, index) => {
        const first = seed.charCodeAt((index * 2) % seed.length)
        const second = seed.charCodeAt((index * 2 + 1) % seed.length)
        return ((first * 31 + second * 17) ^ Math.floor(Math.random() * 256)) & 0xff
      })
    },

    /** What the face check wants to know of the phone. With the authority's plugin, its MetaInfo belongs here. */
    describeDevice: () => JSON.stringify(my.getSystemInfoSync()),

    storage: {
      get: (key) => my.getStorageSync({ key }).data || null,
      set: (key, data) => my.setStorageSync({ key, data }),
      remove: (key) => my.removeStorageSync({ key }),
    },

    /** The text of an answer, or of bytes: a refusal of a picture is a document as well. */
    readJson(body) {
      const text = typeof body === 'string' ? body : utf8(new Uint8Array(body))
      try { return JSON.parse(text) } catch (error) { return null }
    },

    toBase64: (buffer) => my.arrayBufferToBase64(buffer),
  }
}

/** Mini-programs have no TextDecoder. */
function utf8(bytes) {
  let escaped = ''
  bytes.forEach((byte) => { escaped += '%' + byte.toString(16).padStart(2, '0') })
  return decodeURIComponent(escaped)
}

module.exports = { createPlatform }
