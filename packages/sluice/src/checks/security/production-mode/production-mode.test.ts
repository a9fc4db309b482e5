import type { RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { productionMode } from './production-mode.ts'

const plain: RequestListener = (_, response) => response.writeHead(404).end('not found')
const probed = (files: object, answer = plain) =>
  found(productionMode, files as Record<string, string>, { trial: trialOf({ answer }) })
const image = (env: string, command = '["node", "server.js"]') => ({
  Dockerfile: `FROM node:24 AS base\n${env}\nFROM base\nCMD ${command}\n`,
})
const config = (env: string, target = 'process') => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  production: { target: ${target}, env: { ${env} } }\n`,
})
const django = (debug: string) => ({
  'package.json': '',
  'server.js': '',
  'requirements.txt': 'django==6.0\ngunicorn==23.0\n',
  'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
  'shop/__init__.py': '',
  'shop/settings.py': `${debug}\nROOT_URLCONF = 'shop.urls'\n`,
  Dockerfile: 'FROM python:3.14\nCMD ["gunicorn", "shop.wsgi"]\n',
})

it.each([
  ['an image of production', image('ENV NODE_ENV=production')],
  ['Sluice, which sets NODE_ENV', config('LEVEL: info')],
  [
    'a script that sets NODE_ENV',
    {
      ...image('', '["npm", "start"]'),
      'package.json': { name: 'shop', scripts: { start: 'NODE_ENV=production node server.js' } },
    },
  ],
  [
    'a ConfigMap that sets NODE_ENV',
    {
      ...config('LEVEL: info', 'kubernetes'),
      'kubernetes/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { NODE_ENV: production }\n',
    },
  ],
  ['DEBUG off in Django', django('DEBUG = False')],
  [
    'DEBUG off unless a variable says otherwise',
    django('DEBUG = os.environ.get("DEBUG", "False") == "True"'),
  ],
  ['no DEBUG in Django', django('')],
  [
    'DEBUG off in the settings that others begin with',
    { ...django('from .base import *'), 'shop/base.py': 'DEBUG = False\n' },
  ],
  [
    'DEBUG off by the default of its environment',
    django('env = environ.Env(DEBUG=(bool, False))\nDEBUG = env("DEBUG")'),
  ],
  [
    'DEBUG off by a variable of production',
    { ...django('DEBUG = env("DEBUG", default=True)'), ...config('DEBUG: "false"') },
  ],
])('passes with %s, and errors that show nothing', async (_, files) => {
  expect((await probed(files)).status).toBe('pass')
})

it.each([
  ['an image of development', image('ENV NODE_ENV=development'), 'NODE_ENV is development (Dockerfile:2)'],
  [
    'an image and an environment without a word',
    { ...image(''), ...config('LEVEL: info', 'docker') },
    'NODE_ENV is set neither',
  ],
  ['an environment of development', config('NODE_ENV: development'), 'NODE_ENV is development'],
  [
    'a server of development',
    image('ENV NODE_ENV=production', '["npx", "nodemon", "server.js"]'),
    'server of development',
  ],
  [
    'a script of development',
    { 'package.json': { name: 'shop', scripts: { start: 'next dev' } } },
    'server of development: next dev',
  ],
  [
    'a variable that turns debugging on',
    { ...django('DEBUG = False'), ...config('DJANGO_DEBUG: "true"') },
    'production sets DJANGO_DEBUG to true',
  ],
  ['DEBUG on in Django', django('DEBUG = True'), 'DEBUG = True (shop/settings.py:1)'],
])('fails with %s', async (_, files, says) => {
  const finding = await found(productionMode, files as Record<string, string>)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it.each([
  [
    'of Node',
    'Error: x\n    at handle (/app/server.js:10:5)\n    at node:internal/x:1:2',
    'a stack trace of Node',
  ],
  [
    'of Node in HTML',
    '<pre>Error<br> &nbsp; &nbsp;at /app/node_modules/express/lib/router.js:1:2</pre>',
    'a stack trace of Node',
  ],
  ['of Python', 'Traceback (most recent call last):\n', 'a traceback of Python'],
  [
    'of Django',
    "<p>You're seeing this error because you have <code>DEBUG = True</code>",
    "Django's page for debugging",
  ],
  ['of Go', 'goroutine 1 [running]:', 'a stack trace of Go'],
])('fails where an error shows a trace %s', async (_, body, says) => {
  const finding = await probed(image('ENV NODE_ENV=production'), (_request, response) =>
    response.writeHead(500).end(body),
  )
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('fails where a map to the source is served, and not where a script only names one', async () => {
  const pages: Record<string, string> = {
    '/': '<script src="/assets/app.js"></script><script src="https://cdn.example/x.js"></script>',
    '/assets/app.js': 'a()\n//# sourceMappingURL=app.js.map\n',
  }
  const answer: RequestListener = ({ url = '' }, response) =>
    response.writeHead(pages[url] ? 200 : 404).end(pages[url])
  const files = image('ENV NODE_ENV=production')
  expect((await probed(files, answer)).status).toBe('pass')
  pages['/assets/app.js.map'] = '{"version":3,"mappings":"AAAA"}'
  expect(await probed(files, answer)).toMatchObject({
    status: 'fail',
    says: '/assets/app.js comes with a map to its source, /assets/app.js.map',
  })
})

it('is not known as long as the app was not started, or where settings cannot be followed', async () => {
  expect((await found(productionMode, image('ENV NODE_ENV=production'))).status).toBe('unknown')
  expect((await probed(django('from .base import *'))).status).toBe('unknown')
  expect((await probed(image(''))).status).toBe('unknown')
  expect((await probed(image('ARG MODE\nENV NODE_ENV=$MODE'))).status).toBe('unknown')
  const elsewhere = { ...config('DJANGO_SETTINGS_MODULE: acme.settings'), ...django('DEBUG = False') }
  expect((await probed(elsewhere)).says).toContain('the settings acme.settings were not found')
})
