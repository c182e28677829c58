const config = require('../../config')
const { explain } = require('../../lib/wording')

function locate() {
  return new Promise((resolve, reject) => {
    my.getLocation({
      success: ({ longitude, latitude, accuracy }) => resolve({
        longitude: Number(longitude),
        latitude: Number(latitude),
        datum: 'gcj02',
        accuracy_m: Number(accuracy),
        fixed_at: new Date().toISOString(),
      }),
      fail: reject,
    })
  })
}

function subscribe(template) {
  return new Promise((resolve, reject) => {
    my.requestSubscribeMessage({
      entityIds: [template],
      success: ({ behavior }) => resolve(behavior === 'subscribe'),
      fail: reject,
    })
  })
}

async function attempt(page, act) {
  page.setData({ words: null })
  try {
    await act()
  } catch (problem) {
    page.setData({ words: problem.slug ? explain(problem) : { title: '未获授权', next: '可在设置中允许后重试。' } })
  }
}

Page({
  data: { me: null, place: null, subscribed: false, words: null },

  onShow() {
    return attempt(this, async () => { this.setData({ me: await getApp().globalData.client.getMe() }) })
  },

  /** The server turns the position into a province, and forgets it. */
  onLocate() {
    return attempt(this, async () => {
      const place = await getApp().globalData.client.reportLocation(await locate())
      this.setData({ place })
    })
  },

  /** One consent is one message: it is asked for where a message is worth it, by a tap of the person's own. */
  onSubscribe() {
    return attempt(this, async () => {
      const granted = await subscribe(config.templates.codeScanned)
      await getApp().globalData.client.registerDevice({
        channel: 'alipay',
        app_id: config.appId,
        template_id: config.templates.codeScanned,
        granted,
      })
      this.setData({ subscribed: granted })
    })
  },

  onProve() { my.navigateTo({ url: '/pages/identity/index' }) },
})
