/** What an answer shows of the app's inside; null where it shows nothing. For Node, Go and Python, and Django's own page. */
export function stackTraceIn(body: string): string | null {
  const text = body.replaceAll('&nbsp;', ' ').replaceAll(/&#x27;|&#39;|&quot;/g, '"')
  return traces.find(({ pattern }) => pattern.test(text))?.name ?? null
}

const traces = [
  {
    name: 'a stack trace of Node',
    pattern: /\bat (?:async )?(?:[\w$.<> [\]]+ \()?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\s()]*:\d+:\d+/,
  },
  {
    name: 'a traceback of Python',
    pattern: /Traceback \(most recent call last\)|File "[^"\n]+\.py", line \d+, in/,
  },
  { name: 'a stack trace of Go', pattern: /goroutine \d+ \[[a-z ]+\]:|\.go:\d+ \+0x[0-9a-f]+/ },
  {
    name: "Django's page for debugging",
    pattern: /<code>DEBUG = True<\/code>|Django settings module:|\bUsing the URLconf defined in\b/,
  },
  { name: "Flask's page for debugging", pattern: /Werkzeug Debugger|__debugger__=yes/ },
]
