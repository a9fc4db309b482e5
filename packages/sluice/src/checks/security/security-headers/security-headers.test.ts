import type { RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { commandsThat, found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { securityHeaders } from './security-headers.ts'

const page = {
  'content-type': 'text/html',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}
const probed = (answer: RequestListener, files = {}) =>
  found(securityHeaders, files, { trial: trialOf({ answer }) })
const answering = (headers: Record<string, string>): RequestListener => {
  return (_, response) => response.writeHead(200, headers).end()
}
const without = (name: keyof typeof page) =>
  Object.fromEntries(Object.entries(page).filter(([key]) => key !== name))

it('passes with all headers on a page, and with two on what is no page', async () => {
  expect((await probed(answering(page))).status).toBe('pass')
  const json = {
    'content-type': 'application/json',
    'strict-transport-security': 'max-age=1',
    'x-content-type-options': 'nosniff',
  }
  expect((await probed(answering(json))).status).toBe('pass')
})

it('asks of the error page of an API what it asks of the API', async () => {
  const { 'strict-transport-security': hsts, 'x-content-type-options': nosniff } = page
  const headers = {
    'content-type': 'text/html',
    'strict-transport-security': hsts,
    'x-content-type-options': nosniff,
  }
  expect((await probed((_, response) => response.writeHead(404, headers).end())).status).toBe('pass')
})

it.each([
  ['content-security-policy', 'Content-Security-Policy'],
  ['x-content-type-options', 'X-Content-Type-Options'],
  ['referrer-policy', 'Referrer-Policy'],
] as const)('fails where a page lacks %s', async (name, says) => {
  const finding = await probed(answering(without(name)))
  expect(finding.status).toBe('fail')
  expect(finding.evidence[0]?.says).toContain(`GET / (200, a page): ${says} is missing`)
})

it('only warns of HSTS, which a router may add, and of what a gateway is told to add', async () => {
  expect((await probed(answering(without('strict-transport-security')))).status).toBe('warn')
  expect((await probed(answering({ ...page, 'strict-transport-security': 'max-age=0' }))).status).toBe('warn')
  const gateway = { 'nginx.conf': 'server {\n  add_header Referrer-Policy no-referrer;\n}\n' }
  expect(await probed(answering(without('referrer-policy')), gateway)).toMatchObject({
    status: 'warn',
    evidence: [{ file: 'nginx.conf', line: 2 }],
  })
})

it('asks as a router that ends TLS, and goes on to the page of the login', async () => {
  const answer: RequestListener = ({ url, headers }, response) => {
    if (url === '/') response.writeHead(302, { location: '/login' }).end()
    else response.writeHead(200, headers['x-forwarded-proto'] === 'https' ? page : {}).end()
  }
  expect(await probed(answer)).toMatchObject({
    status: 'pass',
    evidence: [{ says: 'GET /login (200, a page): nothing is missing' }],
  })
})

const django = {
  'package.json': '',
  'server.js': '',
  'requirements.txt': 'django==6.0\n',
  'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
  'shop/settings.py': 'DEBUG = False\n',
}
const checked = (code: number, output: string) => ({
  execution: commandsThat({ 'python3 manage.py check --deploy': { code, output } }),
})

it('takes the word of Django for what it finds missing, and half of it for the rest', async () => {
  const missing = await found(
    securityHeaders,
    django,
    checked(1, '?: (security.W006) Your SECURE_CONTENT_TYPE_NOSNIFF'),
  )
  expect(missing).toMatchObject({ status: 'fail', says: 'Django finds headers missing: security.W006' })
  const other = await found(securityHeaders, django, checked(1, '?: (security.W009) Your SECRET_KEY'))
  expect(other.status).toBe('warn')
})

it('is not known as long as nothing was tried, or where Django cannot be run', async () => {
  expect((await found(securityHeaders, {})).status).toBe('unknown')
  expect((await found(securityHeaders, {}, { execution: commandsThat({}) })).status).toBe('unknown')
  expect((await found(securityHeaders, django, { execution: commandsThat({}) })).status).toBe('unknown')
  expect((await found(securityHeaders, django, checked(1, 'ImproperlyConfigured'))).status).toBe('unknown')
})
