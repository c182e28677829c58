/**
 * What both simulated phones have: storage, a network that really asks the server, and codes of a development server's
 * stand-ins for WeChat and Alipay.
 */

const url = process.env.SERVER_URL

const phone = { storage: new Map(), visited: [], offline: false, asked: [], position: null, consents: true }

/** One request over the network, as fetch sees it. */
async function ask({ method = 'GET', address, headers, data }) {
  phone.asked.push(`${method} ${new URL(address).pathname}`)
  if (phone.offline) throw new Error('the phone has no network')
  const answer = await fetch(address, { method, headers, body: data })
  return { status: answer.status, headers: Object.fromEntries(answer.headers), bytes: await answer.arrayBuffer() }
}

/** A login code for this user, as the platform's own app would get it. */
async function makeLoginCode(platform, user) {
  const answer = await fetch(`${url}/v1/development/mini-program-codes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ platform, user }),
  })
  if (answer.status >= 300) throw new Error(`no login code: ${answer.status} ${await answer.text()}`)
  return (await answer.json()).code
}

/** Presses "passed" on the development authority's page. */
async function passFaceCheck(checkId) {
  const answer = await fetch(`${url}/v1/development/identity/faces/${checkId}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ outcome: 'pass' }),
  })
  if (answer.status >= 300) throw new Error(`no face check: ${answer.status} ${await answer.text()}`)
}

/** Waits until `look` finds something. */
async function until(look, what) {
  const giveUpAt = Date.now() + 20000
  for (;;) {
    const found = look()
    if (found) return found
    if (Date.now() > giveUpAt) throw new Error(`never came: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Refuses options that the platform does not document, so that a typing slip is seen. */
function requireKnown(name, options, known) {
  const strange = Object.keys(options).filter((key) => !known.includes(key))
  if (strange.length) throw new Error(`${name} has no option ${strange.join(', ')}`)
}

module.exports = { ask, makeLoginCode, passFaceCheck, phone, requireKnown, until, url }
