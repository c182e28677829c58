/** What a refusal says to a person: the server's own words, which follow Accept-Language, or that it is out of reach. */
function explain(problem) {
  if (problem.slug === 'offline') return { title: '网络不可用', next: '请检查网络，恢复后会自动重试。' }
  return { title: problem.title || '操作未完成', next: problem.next || '请稍后重试。' }
}

/** A time of the server's (RFC 3339), as this phone's clock has it; some claims never become due by waiting. */
function sayWhen(time) {
  if (!time) return '对方同意'
  const at = new Date(time)
  const two = (number) => String(number).padStart(2, '0')
  return `${at.getMonth() + 1}月${at.getDate()}日 ${two(at.getHours())}:${two(at.getMinutes())}`
}

module.exports = { explain, sayWhen }
