const { createClient } = require('./lib/suixing')
const { createPlatform } = require('./lib/platform')
const config = require('./config')

App({
  globalData: { client: createClient({ baseUrl: config.baseUrl, platform: createPlatform(config.appId) }) },
})
