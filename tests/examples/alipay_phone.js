/** Alipay's `my`: what the example uses, with the callbacks and refusals that are documented. */

const { ask, makeLoginCode, phone, requireKnown } = require('./phone')

function createMy(user) {
  return {
    request(options) {
      requireKnown('my.request', options, ['url', 'method', 'headers', 'data', 'dataType', 'timeout', 'success', 'fail'])
      ask({ method: options.method, address: options.url, headers: options.headers, data: options.data }).then(
        ({ status, headers, bytes }) => {
          const isBinary = options.dataType === 'arraybuffer'
          const answer = { status, headers, data: isBinary ? bytes : new TextDecoder().decode(bytes) }
          if (status >= 400) options.fail({ ...answer, error: 19, errorMessage: 'http status error' })
          else options.success(answer)
        },
        () => options.fail({ error: 12, errorMessage: 'network error' }),
      )
    },
    getAuthCode({ scopes, success, fail }) {
      if (scopes[0] !== 'auth_base') throw new Error('only the silent scope is used')
      makeLoginCode('alipay', user).then((authCode) => success({ authCode }), fail)
    },
    getSystemInfoSync: () => ({ brand: 'test', model: 'phone', system: 'none' }),
    getStorageSync: ({ key }) => ({ data: phone.storage.get(key) ?? null }),
    setStorageSync: ({ key, data }) => phone.storage.set(key, data),
    removeStorageSync: ({ key }) => phone.storage.delete(key),
    arrayBufferToBase64: (buffer) => Buffer.from(buffer).toString('base64'),
    navigateTo: ({ url }) => phone.visited.push(url),
    getLocation({ success, fail }) {
      if (phone.position) success(Object.fromEntries(Object.entries(phone.position).map(([key, value]) => [key, String(value)])))
      else fail({ error: 11, errorMessage: 'location denied' })
    },
    requestSubscribeMessage(options) {
      requireKnown('my.requestSubscribeMessage', options, ['entityIds', 'success', 'fail'])
      options.success({ behavior: phone.consents ? 'subscribe' : 'cancel', show: true, keep: false, refuse: false })
    },
  }
}

module.exports = { createMy }
