import { expect, test } from 'vitest'
import { createHealth } from './health.ts'
import { virtualClock } from './virtual-clock.fixture.ts'

test('tells check states and probe latency in the text format of Prometheus', async () => {
  const clock = virtualClock()
  let asked = 0
  const health = createHealth({
    version: 'a"b',
    clock,
    checks: [
      {
        name: 'db',
        run() {
          asked++
          return new Promise<void>((resolve) => clock.after(20, resolve))
        },
      },
      { name: 'cache', critical: false, run: () => Promise.reject(new Error('no cache')) },
      { name: 'mail', run: () => Promise.reject(new Error('no mail')) },
    ],
  })
  expect(health.metrics()).not.toContain('health_check_up{')
  expect(asked).toBe(0)
  const probe = health.answer({ method: 'GET', path: '/readyz', headers: {} })
  await clock.advance(20)
  await probe
  health.markStarted()
  const text = health.metrics()
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      '# TYPE health_check_up gauge',
      'health_info{version="a\\"b"} 1',
      'health_started 1',
      'health_draining 0',
      'health_check_up{check="db",critical="true"} 1',
      'health_check_up{check="cache",critical="false"} 0.5',
      'health_check_up{check="mail",critical="true"} 0',
      'health_check_duration_seconds{check="db",critical="true"} 0.02',
      'health_check_runs_total{check="db",critical="true",result="ok"} 1',
      '# TYPE health_probe_duration_seconds histogram',
      'health_probe_duration_seconds_bucket{probe="ready",le="0.01"} 0',
      'health_probe_duration_seconds_bucket{probe="ready",le="0.05"} 1',
      'health_probe_duration_seconds_bucket{probe="ready",le="+Inf"} 1',
      'health_probe_duration_seconds_sum{probe="ready"} 0.02',
      'health_probe_duration_seconds_count{probe="ready"} 1',
      'health_probes_total{probe="ready",code="503"} 1',
    ]),
  )
  expect(text.endsWith('\n')).toBe(true)
  const names = text.split('\n').filter((line) => line.startsWith('# TYPE'))
  expect(new Set(names).size).toBe(names.length)
})
