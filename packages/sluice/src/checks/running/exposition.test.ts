import { expect, it } from 'vitest'
import { familyOf, readExposition } from './exposition.ts'

const page = `# HELP http_request_duration_seconds Time to answer.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.1",code="200",path="/a\\"b}"} 3
http_request_duration_seconds_bucket{le="+Inf",code="200",path="/"} 4 # {trace_id="x"} 0.4 1700000000
http_request_duration_seconds_count{code="200",} 4
# TYPE up gauge
up 1 1700000000000
temperature -Inf
{"http.requests", code="200"} 1.5e3
# EOF
`

it('reads samples with labels, times, exemplars and names in quotes', () => {
  const read = readExposition(page)
  if ('problem' in read) throw new Error(read.problem)
  expect(read.samples).toEqual([
    {
      name: 'http_request_duration_seconds_bucket',
      labels: { le: '0.1', code: '200', path: '/a"b}' },
      value: 3,
    },
    {
      name: 'http_request_duration_seconds_bucket',
      labels: { le: '+Inf', code: '200', path: '/' },
      value: 4,
    },
    { name: 'http_request_duration_seconds_count', labels: { code: '200' }, value: 4 },
    { name: 'up', labels: {}, value: 1 },
    { name: 'temperature', labels: {}, value: -Infinity },
    { name: 'http.requests', labels: { code: '200' }, value: 1500 },
  ])
  expect(familyOf('http_request_duration_seconds_count', read.types)).toBe('http_request_duration_seconds')
  expect(familyOf('up', read.types)).toBe('up')
})

it.each([
  '<html>',
  'up',
  'up one',
  'up{job="shop} 1',
  'up{job="shop" instance="a"} 1',
  '# TYPE up meter',
  'up 1 2 3',
])('refuses %s', (line) => {
  expect(readExposition(`ok 1\n${line}\n`)).toEqual({ problem: `line 2 is no metric: ${line}` })
})
