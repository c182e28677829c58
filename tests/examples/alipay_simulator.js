/**
 * The Alipay example's pages. There is no simulator of Alipay's on npm: this reads AXML strictly (unknown handlers and
 * names are errors), renders conditions, loops and {{}} as documented, and gives pages their setData.
 */

const fs = require('fs')
const path = require('path')
const { JSDOM } = require('jsdom')
const { createMy } = require('./alipay_phone')
const { phone, url } = require('./phone')

const ROOT = path.resolve(__dirname, '../../examples/alipay')
const { window } = new JSDOM('')

function openApp(user) {
  const config = require(`${ROOT}/config.js`)
  config.baseUrl = url
  let app = null
  global.my = createMy(user)
  global.App = (options) => { app = options }
  global.getApp = () => app
  require(`${ROOT}/app.js`)
  return app
}

function evaluate(expression, scope) {
  const value = new Function('scope', `with (scope) { return (${expression}) }`)(new Proxy(scope, {
    has: (_, name) => typeof name === 'string' && name !== 'scope',
    get: (target, name) => {
      if (name === Symbol.unscopables) return undefined
      if (!(name in target)) throw new Error(`the page has no data named ${String(name)}`)
      return target[name]
    },
  }))
  return value
}

function fill(text, scope) {
  const whole = /^\{\{([^}]*)\}\}$/.exec(text)
  if (whole) return evaluate(whole[1], scope)
  return text.replace(/\{\{([^}]*)\}\}/g, (_, expression) => String(evaluate(expression, scope) ?? ''))
}

/** Nodes of the screen: {tag, attributes, children} or strings. */
function render(element, scope, page) {
  const shown = []
  let met = true
  for (const node of element.childNodes) {
    if (node.nodeType === 3) {
      if (node.data.trim()) shown.push(fill(node.data.trim(), scope))
    } else if (node.nodeType === 1) {
      const given = Object.fromEntries(Array.from(node.attributes, ({ name, value }) => [name, value]))
      if ('a:if' in given) met = Boolean(fill(given['a:if'], scope))
      else if ('a:elif' in given) { if (met) continue; met = Boolean(fill(given['a:elif'], scope)) }
      else if ('a:else' in given) { if (met) continue; met = true }
      else met = true
      if (!met) continue
      const rounds = 'a:for' in given ? fill(given['a:for'], scope).map((item, index) => ({ ...scope, item, index })) : [scope]
      for (const round of rounds) shown.push(show(node, given, round, page))
    }
  }
  return shown
}

function show(node, given, scope, page) {
  const attributes = {}
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('a:')) continue
    if (/^on[A-Z]/.test(name) && typeof page[value] !== 'function') throw new Error(`the page has no handler ${value}`)
    attributes[name] = fill(value, scope)
  }
  return { tag: node.tagName, attributes, children: render(node, scope, page) }
}

function read(shown) {
  return shown.map((node) => (typeof node === 'object' ? read(node.children) : String(node))).join(' ')
}

function walk(shown) {
  return shown.flatMap((node) => (typeof node === 'object' ? [node, ...walk(node.children)] : []))
}

function openPage(name, query = {}) {
  const folder = `${ROOT}/pages/${name}/index`
  const markup = fs.readFileSync(`${folder}.axml`, 'utf8').replace(/ a:else(?=[ >])/g, ' a:else=""').replace(/&&/g, '&amp;&amp;')
  const source = `<page xmlns:a="a">${markup}</page>`
  const parsed = new window.DOMParser().parseFromString(source, 'text/xml')
  const fault = parsed.querySelector('parsererror')
  if (fault) throw new Error(fault.textContent)
  let page = null
  global.Page = (options) => { page = { ...options, data: structuredClone(options.data) } }
  delete require.cache[require.resolve(`${folder}.js`)]
  require(`${folder}.js`)
  let screen = []
  page.setData = (changes) => {
    Object.assign(page.data, changes)
    screen = render(parsed.documentElement, page.data, page)
  }
  page.setData({})
  if (page.onLoad) page.onLoad(query)
  if (page.onShow) page.onShow()
  return {
    text: () => read(screen).replace(/\s+/g, ' ').trim(),
    data: () => page.data,
    hide: () => page.onHide && page.onHide(),
    show: () => page.onShow && page.onShow(),
    type: (handler, value) => page[handler]({ detail: { value } }),
    tap(label) {
      const button = walk(screen).find((node) => node.tag === 'button' && read(node.children).includes(label))
      if (!button) throw new Error(`there is no button ${label}: ${read(screen)}`)
      if (button.attributes.disabled === true) throw new Error(`${label} cannot be pressed now`)
      page[button.attributes.onTap]()
    },
  }
}

module.exports = { openApp, openPage, phone }
