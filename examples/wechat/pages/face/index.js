Component({
  data: { url: '' },

  methods: {
    onLoad(query) { this.setData({ url: decodeURIComponent(query.url) }) },
  },
})
