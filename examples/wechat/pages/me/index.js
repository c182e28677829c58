const config = require('../../config')
const { explain } = require('../../lib/wording')

function locate() {
  return new Promise((resolve, reject) => {
    wx.getLocation({
      type: 'gcj02',
      success: ({ longitude, latitude, accuracy }) => resolve({
        longitude, latitude, datum: 'gcj02', accuracy_m: accuracy, fixed_at: new Date().toISOString(),
      }),
      fail: reject,
    })
  })
}

function subscribe(template) {
  return new Promise((resolve, reject) => {
    wx.requestSubscribeMessage({
      tmplIds: [template],
      success: (answer) => resolve(answer[template] === 'accept'),
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

Component({
  data: { me: null, place: null, subscribed: false, words: null },

  methods: {
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
          channel: 'wechat',
          app_id: config.appId,
          template_id: config.templates.codeScanned,
          granted,
        })
        this.setData({ subscribed: granted })
      })
    },

    onProve() { wx.navigateTo({ url: '/pages/identity/index' }) },
  },
})
