/** What the client needs of WeChat: base library 2.20.1 or newer (wx.getDeviceInfo). */

function lowerCase(headers) {
  const found = {}
  Object.keys(headers || {}).forEach((name) => { found[name.toLowerCase()] = headers[name] })
  return found
}

function createPlatform(appId) {
  return {
    request: ({ url, method, headers, body, binary }) => new Promise((resolve, reject) => {
      wx.request({
        url,
        method,
        header: headers,
        data: body,
        dataType: /** @type {any} */ ('text'), // read here, so that a problem document is read like any other answer
        responseType: binary ? 'arraybuffer' : 'text',
        timeout: 10000,
        success: (answer) => resolve({ status: answer.statusCode, headers: lowerCase(answer.header), body: answer.data }),
        fail: reject,
      })
    }),

    login: () => new Promise((resolve, reject) => {
      wx.login({ success: ({ code }) => resolve({ grant: 'wechat', app_id: appId, code }), fail: reject })
    }),

    randomBytes: (length) => new Promise((resolve, reject) => {
      wx.getUserCryptoManager().getRandomValues({
        length,
        success: ({ randomValues }) => resolve(new Uint8Array(randomValues)),
        fail: reject,
      })
    }),

    /** What the face check wants to know of the phone. With the authority's plugin, its MetaInfo belongs here. */
    describeDevice: () => JSON.stringify(wx.getDeviceInfo()),

    storage: {
      get: (key) => wx.getStorageSync(key) || null,
      set: (key, value) => wx.setStorageSync(key, value),
      remove: (key) => wx.removeStorageSync(key),
    },

    /** The text of an answer, or of bytes: a refusal of a picture is a document as well. */
    readJson(body) {
      const text = typeof body === 'string' ? body : utf8(new Uint8Array(body))
      try { return JSON.parse(text) } catch (error) { return null }
    },

    toBase64: (buffer) => wx.arrayBufferToBase64(buffer),
  }
}

/** Mini-programs have no TextDecoder. */
function utf8(bytes) {
  let escaped = ''
  bytes.forEach((byte) => { escaped += '%' + byte.toString(16).padStart(2, '0') })
  return decodeURIComponent(escaped)
}

module.exports = { createPlatform }
