import type { Weighed } from '../../look/weighed.ts'
import { attempt } from '../../running/attempt.ts'
import type { Reply, RunningApp, Trial } from '../../running/trial.ts'

const MOST_SCRIPTS = 4

/** Whether scripts of the start page lead to maps with the source in them (tc39.es/ecma426, "Linking generated code to source maps"). */
export async function sourceMaps(trial: Trial, app: RunningApp): Promise<Partial<Weighed>> {
  const start = await attempt(trial, app, '/', { headers: { accept: 'text/html' } })
  if (start.status === null) return {}
  const scripts = scriptsIn(start.body).slice(0, MOST_SCRIPTS)
  const weighed: Weighed = { bad: [], weak: [], open: [], good: [] }
  for (const script of scripts) {
    const reply = await attempt(trial, app, script)
    if (reply.status !== 200) continue
    const map = mapOf(reply, script)
    const isServed = map === 'inline' || (map !== null && isMap(await attempt(trial, app, map)))
    if (isServed)
      weighed.bad.push({
        says: `${script} comes with a map to its source${map === 'inline' ? '' : `, ${map}`}`,
      })
    else weighed.good.push({ says: `${script} comes without a map to its source` })
  }
  return weighed
}

/** Of the app itself: what comes from elsewhere is not its own source. */
function scriptsIn(html: string): string[] {
  const found = [
    ...html.matchAll(
      /<(?:script|link)\b[^>]*\b(?:src|href)\s*=\s*["']?([^"'\s>]+\.(?:m?js|css)(?:\?[^"'\s>]*)?)/gi,
    ),
  ]
  return [...new Set(found.map(([, url]) => within(url!, '/')).filter((url) => url !== null))]
}

function mapOf({ body, headers }: Reply, script: string): string | 'inline' | null {
  const named = headers.sourcemap ?? [...body.matchAll(/[#@]\s*sourceMappingURL=(\S+)/g)].at(-1)?.[1]
  if (named === undefined) return null
  return named.startsWith('data:') ? 'inline' : within(named.replace(/\*\/$/, ''), script)
}

function isMap(reply: Reply | { status: null }): boolean {
  return reply.status === 200 && /"mappings"\s*:/.test((reply as Reply).body)
}

function within(url: string, base: string): string | null {
  const own = 'http://app.invalid'
  const whole = URL.canParse(url, `${own}${base}`) ? new URL(url, `${own}${base}`) : null
  return whole?.origin === own ? `${whole.pathname}${whole.search}` : null
}
