Page({
  data: { url: '' },

  onLoad(/** @type {any} */ query) { this.setData({ url: decodeURIComponent(query.url) }) },
})
