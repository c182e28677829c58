const { createLiveCode } = require('../../lib/livecode')
const { explain } = require('../../lib/wording')

let live = null

Page({
  data: { phase: 'loading', picture: '', secondsLeft: 0, needsIdentity: false, words: null },

  onLoad() {
    live = createLiveCode({
      issueCode: () => getApp().globalData.client.issueCode(),
      show: ({ phase, picture, secondsLeft, problem }) => this.setData({
        phase,
        picture,
        secondsLeft,
        words: problem ? explain(problem) : null,
        needsIdentity: Boolean(problem) && problem.slug === 'identity-not-verified',
      }),
    })
  },

  onShow() { live.start() },
  onHide() { live.stop() },
  onUnload() { live.stop() },
  onRefresh() { return live.refresh() },
  onProve() { my.navigateTo({ url: '/pages/identity/index' }) },
})
