/**
 * Keeps a code on the screen: asks for the next one when `refreshAfter` says so, counts down by the server's clock,
 * and says so when there is no code to show. This file is the same in both examples.
 */

const RETRY_MS = 3000

function createLiveCode({ issueCode, show, clock = Date.now, timers = { setTimeout, clearTimeout } }) {
  let running = false
  let timer = null
  let code = null
  let offset = 0 // how far the server's clock is ahead of this one
  let turn = 0

  const serverNow = () => clock() + offset

  function plan(ms) {
    timers.clearTimeout(timer)
    timer = timers.setTimeout(tick, ms)
  }

  function tick() {
    if (!running) return
    if (!code || serverNow() >= code.refreshAfter) {
      next()
    } else {
      tell()
      plan(1000)
    }
  }

  function tell(problem) {
    const secondsLeft = code ? Math.max(0, Math.ceil((code.expiresAt - serverNow()) / 1000)) : 0
    const isLive = secondsLeft > 0
    show({ picture: isLive ? code.picture : '', secondsLeft, phase: isLive ? 'live' : problem ? 'failed' : 'loading', problem: problem || null })
  }

  async function next() {
    const mine = ++turn
    try {
      const issued = await issueCode()
      if (!running || mine !== turn) return
      code = issued
      offset = issued.serverTime - clock()
      tell()
      plan(1000)
    } catch (problem) {
      if (!running || mine !== turn) return
      tell(problem)
      const mayPass = !problem.status || problem.status === 429 || problem.status >= 500
      if (mayPass) plan(Math.max(RETRY_MS, (problem.retryAfter || 0) * 1000))
    }
  }

  return {
    start() {
      running = true
      if (!code || serverNow() >= code.refreshAfter) code = null
      tell()
      tick()
    },
    stop() {
      running = false
      timers.clearTimeout(timer)
    },
    /** The holder wants another: the one before stays good until it ends or is scanned. */
    refresh() {
      code = null
      tell()
      return next()
    },
  }
}

module.exports = { createLiveCode }
