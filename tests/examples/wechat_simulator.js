/** The WeChat example's pages on WeChat's own simulator (npm miniprogram-simulate), which compiles and renders WXML. */

const path = require('path')
const { JSDOM } = require('jsdom')
const { createWx } = require('./wechat_phone')
const { phone, url } = require('./phone')

const ROOT = path.resolve(__dirname, '../../examples/wechat')

const { window } = new JSDOM('<!doctype html><body></body>', { url: 'https://example.test', pretendToBeVisual: true })
const borrowed = ['document', 'HTMLElement', 'Node', 'Event', 'CustomEvent', 'getComputedStyle', 'MutationObserver']
borrowed.forEach((name) => { global[name] = window[name] })
global.window = window
const simulate = require('miniprogram-simulate')

function openApp(user) {
  const config = require(`${ROOT}/config.js`)
  config.baseUrl = url
  let app = null
  global.wx = createWx(user)
  global.App = (options) => { app = options }
  global.getApp = () => app
  require(`${ROOT}/app.js`)
  return app
}

/** A page as it stands on the screen: `text()` is what is read there, `tap` presses the button that says so. */
function openPage(name, query = {}) {
  const id = simulate.load(`${ROOT}/pages/${name}/index`, { rootPath: ROOT, compiler: 'official' })
  const page = simulate.render(id)
  const screen = window.document.createElement('div')
  window.document.body.append(screen)
  page.attach(screen)
  const call = (method, ...given) => page.instance[method] && page.instance[method](...given)
  call('onLoad', query)
  call('onShow')
  return {
    text: () => screen.textContent.replace(/\s+/g, ' ').trim(),
    data: () => page.instance.data,
    hide: () => call('onHide'),
    show: () => call('onShow'),
    type: (handler, value) => call(handler, { detail: { value } }),
    tap(label) {
      const button = page.querySelectorAll('.button').find((one) => one.dom.textContent.includes(label))
      if (!button) throw new Error(`there is no button ${label}: ${screen.textContent}`)
      button.dispatchEvent('tap')
    },
  }
}

module.exports = { openApp, openPage, phone }
