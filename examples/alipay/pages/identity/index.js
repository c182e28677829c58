const { explain, sayWhen } = require('../../lib/wording')

async function attempt(page, act) {
  page.setData({ busy: true, words: null })
  try {
    await act()
  } catch (problem) {
    page.setData({ words: explain(problem) })
  }
  page.setData({ busy: false })
}

Page({
  data: { name: '', idNumber: '', checkId: '', agreed: false, busy: false, done: false, waitsUntil: '', words: null },

  onAgree(event) { this.setData({ agreed: event.detail.value.includes('agreed') }) },
  onName(event) { this.setData({ name: event.detail.value }) },
  onIdNumber(event) { this.setData({ idNumber: event.detail.value }) },

  /** First the face: the identity authority's own page, shown in a web-view. */
  onStart() {
    return attempt(this, async () => {
      const { name, idNumber } = this.data
      const check = await getApp().globalData.client.startFaceCheck({ name, id_number: idNumber })
      this.setData({ checkId: check.check_id })
      my.navigateTo({ url: '/pages/face/index?url=' + encodeURIComponent(check.url) })
    })
  },

  /** Then the proof. Where the identity has a resident already, it waits for that resident's own devices. */
  onFinish() {
    return attempt(this, async () => {
      const { name, idNumber, checkId } = this.data
      const evidence = { kind: 'face', check_id: checkId }
      const proven = await getApp().globalData.client.proveIdentity({ name, id_number: idNumber, evidence })
      this.setData(proven.claim ? { waitsUntil: sayWhen(proven.claim.due_at) } : { done: true })
      this.setData({ name: '', idNumber: '', checkId: '' })
    })
  },
})
