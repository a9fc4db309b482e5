import { type Answer, fail, pass, unknown } from '../../check.ts'
import type { Execution, Run } from '../../execution.ts'

/**
 * Of Django's own findings, those about headers (docs.djangoproject.com, "System check framework", Security); without those
 * about HSTS, which a router that ends TLS may add.
 */
const ABOUT_HEADERS = ['W001', 'W002', 'W006', 'W019', 'W022']

const pythons = [['.venv/bin/python'], ['uv', 'run', '--no-sync', 'python'], ['python3'], ['python']]

/** What `manage.py check --deploy` says of headers; unknown where it cannot be run. */
export async function djangoDeployCheck(managePy: string, execution: Execution): Promise<Answer> {
  const last = [managePy, 'check', '--deploy', '--fail-level', 'WARNING']
  for (const python of pythons) {
    const command = [...python, ...last]
    const run = await execution.run(command, { timeoutMs: 60_000 })
    if (
      run.code !== null &&
      !/No module named '?django|Couldn't import Django|No virtual environment/i.test(run.output)
    )
      return answered(run, command.join(' '))
  }
  return unknown(`${managePy} could not be run with Django: install what the app depends on`)
}

function answered({ code, output }: Run, command: string): Answer {
  const ids = [...new Set([...output.matchAll(/\(security\.(W\d{3})\)/g)].map(([, id]) => id!))]
  const about = ids.filter((id) => ABOUT_HEADERS.includes(id))
  const says = `${command}: exit code ${code}${ids.length > 0 ? `, ${ids.map((id) => `security.${id}`).join(' ')}` : ''}`
  if (about.length > 0)
    return fail(`Django finds headers missing: ${about.map((id) => `security.${id}`).join(', ')}`, [{ says }])
  if (code === 0 || ids.length > 0) return pass('Django misses no header', [{ says }])
  return unknown('manage.py check --deploy met an error, so that it says nothing of headers', [{ says }])
}
