/**
 * A person's first day with an example mini-program, on a simulator, against a running development server:
 * `node walk.js wechat|alipay`, with SERVER_URL, and the PERSON to prove to be. Prints what was seen as JSON.
 */

const { passFaceCheck, until } = require('./phone')

const platform = process.argv[2]
const { openApp, openPage, phone } = require(`./${platform}_simulator`)
const person = JSON.parse(process.env.PERSON)

async function walk() {
  const seen = {}
  openApp(person.user)

  const code = openPage('code')
  await until(() => code.text().includes('去实名认证'), 'the wish for an identity')
  seen.unverified = code.text()
  code.tap('去实名认证')
  await until(() => phone.visited.length, 'the page of the identity')
  seen.visited = [...phone.visited]
  code.hide()

  const identity = openPage('identity')
  identity.type('onName', person.name)
  identity.type('onIdNumber', person.id_number)
  identity.type('onAgree', ['agreed'])
  identity.tap('开始人脸核验')
  await until(() => identity.data().checkId, 'the face check')
  await until(() => phone.visited.length > 1, 'the page of the face check')
  const face = openPage('face', { url: phone.visited.at(-1).split('url=')[1] })
  seen.faceUrl = face.data().url
  await passFaceCheck(identity.data().checkId)
  identity.tap('我已完成核验')
  await until(() => identity.text().includes('认证完成'), 'the proof')

  code.show()
  await until(() => code.data().phase === 'live', 'a code')
  seen.live = code.text()
  seen.picture = code.data().picture
  code.tap('刷新')
  await until(() => code.data().phase === 'live' && code.data().picture !== seen.picture, 'the next code')

  phone.offline = true
  code.tap('刷新')
  await until(() => code.text().includes('网络不可用'), 'that there is no network')
  phone.offline = false
  await until(() => code.data().phase === 'live', 'the code after the network is back')
  code.hide()

  const messages = openPage('messages')
  await until(() => !messages.data().loading, 'the messages')
  seen.messages = messages.text()

  const me = openPage('me')
  await until(() => me.data().me, 'who I am')
  seen.me = me.text()
  me.tap('获取所在省份')
  await until(() => me.text().includes('未获授权'), 'that the position was refused')

  seen.sessions = phone.asked.filter((asked) => asked === 'POST /v1/sessions').length
  seen.stored = [...phone.storage.keys()].sort()
  return seen
}

walk().then(
  (seen) => { console.log(JSON.stringify(seen)); process.exit(0) },
  (fault) => { console.error(fault); process.exit(1) },
)
