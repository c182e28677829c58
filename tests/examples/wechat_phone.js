/** WeChat's `wx` for the simulator: what the example uses, with the callbacks and refusals that are documented. */

const { ask, makeLoginCode, phone, requireKnown, url } = require('./phone')

function createWx(user) {
  return {
    request(options) {
      requireKnown('wx.request', options, ['url', 'method', 'header', 'data', 'dataType', 'responseType', 'timeout', 'success', 'fail'])
      ask({ method: options.method, address: options.url, headers: options.header, data: options.data }).then(
        ({ status, headers, bytes }) => options.success({
          statusCode: status,
          header: headers,
          data: options.responseType === 'arraybuffer' ? bytes : new TextDecoder().decode(bytes),
        }),
        () => options.fail({ errMsg: 'request:fail', errno: 600001 }),
      )
    },
    login({ success, fail }) {
      makeLoginCode('wechat', user).then((code) => success({ code, errMsg: 'login:ok' }), fail)
    },
    getUserCryptoManager: () => ({
      getRandomValues: ({ length, success }) => success({ randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer }),
    }),
    getDeviceInfo: () => ({ brand: 'test', model: 'phone', system: 'none' }),
    getStorageSync: (key) => phone.storage.get(key) ?? '',
    setStorageSync: (key, value) => phone.storage.set(key, value),
    removeStorageSync: (key) => phone.storage.delete(key),
    arrayBufferToBase64: (buffer) => Buffer.from(buffer).toString('base64'),
    navigateTo: ({ url: page }) => phone.visited.push(page),
    getLocation(options) {
      requireKnown('wx.getLocation', options, ['type', 'success', 'fail'])
      if (phone.position) options.success(phone.position)
      else options.fail({ errMsg: 'getLocation:fail auth deny' })
    },
    requestSubscribeMessage(options) {
      requireKnown('wx.requestSubscribeMessage', options, ['tmplIds', 'success', 'fail'])
      options.success({ [options.tmplIds[0]]: phone.consents ? 'accept' : 'reject', errMsg: 'requestSubscribeMessage:ok' })
    },
  }
}

module.exports = { createWx, url }
