/** What a refusal says to a person: the server's own words, which follow Accept-Language, or that it is out of reach. */
function explain(problem) {
  if (problem.slug === 'offline') return { title: '网络不可用', next: '请检查网络，恢复后会自动重试。' }
  return { title: problem.title || '操作未完成', next: problem.next || '请稍后重试。' }
}

module.exports = { explain }
