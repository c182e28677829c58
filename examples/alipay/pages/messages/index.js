const { explain } = require('../../lib/wording')

/** A page of messages; those that were not read are noted as read once they are on the screen. */
async function load(page, cursor) {
  page.setData({ loading: true, words: null })
  try {
    const client = getApp().globalData.client
    const found = await client.listMessages(cursor)
    const items = cursor ? page.data.items.concat(found.items) : found.items
    page.setData({ items, nextCursor: found.next_cursor, loading: false })
    const unread = found.items.filter((item) => !item.read_at).map((item) => item.id)
    if (unread.length) await client.readMessages(unread)
  } catch (problem) {
    page.setData({ loading: false, words: explain(problem) })
  }
}

Page({
  data: { items: [], nextCursor: null, loading: false, words: null },

  onShow() { return load(this, null) },
  onMore() { return this.data.nextCursor && !this.data.loading ? load(this, this.data.nextCursor) : undefined },
})
