import { describe, expect, it } from 'vitest'
import type { BuildContext } from './finding.ts'
import { lintDockerfile } from './lint.ts'
import { type RuleId, rules } from './rules.ts'

const sound = `# check=error=true
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM node:24-slim
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY src ./src
USER 10001:10001
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:3000/livez')"]
# Run with --init.
CMD ["node", "src/main.js"]
`

/** What is wrong, as a change of the sound one or as a whole of its own, and the line that is named. */
const broken: Record<RuleId, { text: string; line: number; context?: Partial<BuildContext> }[]> = {
  'DF-01': [
    { text: sound.replace('# check=error=true\n', ''), line: 1 },
    { text: `# syntax=docker/dockerfile:1.4-labs\n${sound}`, line: 1 },
    { text: sound.replace('WORKDIR /app', '# syntax=docker/dockerfile:1\nWORKDIR /app'), line: 3 },
    { text: sound.replace('HEALTHCHECK CMD', 'HEALTHCHECK --start-interval=1s CMD'), line: 13 },
  ],
  'DF-02': [
    { text: sound.replace('node:24-slim', 'node:16'), line: 2 },
    { text: sound.replace('node:24-slim', 'node'), line: 2 },
    { text: 'FROM golang:1.22\n', line: 1 },
    { text: 'FROM alpine:3.19\n', line: 1 },
  ],
  'DF-03': [
    { text: 'FROM node:24\nCOPY src ./src\n', line: 2 },
    { text: 'FROM node:24\nRUN npm ci\nWORKDIR /app\nCOPY src ./src\n', line: 2 },
    { text: 'FROM node:24\nWORKDIR /app\nFROM node:24\nCOPY a b\n', line: 4 },
  ],
  'DF-04': [{ text: 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "a.js"]\n', line: 4 }],
  'DF-05': [{ text: 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\n', line: 3 }],
  'DF-06': [
    { text: sound.replace('--mount=type=cache,target=/root/.npm ', ''), line: 5 },
    { text: 'FROM python:3.13\nRUN pip install -r requirements.txt\n', line: 2 },
  ],
  'DF-07': [
    { text: 'FROM node:24\nRUN pnpm install\n', line: 2 },
    { text: 'FROM node:24\nRUN yarn\n', line: 2 },
    { text: 'FROM python:3.13\nRUN uv sync\n', line: 2 },
    { text: 'FROM golang:1.26\nRUN go get ./...\n', line: 2 },
  ],
  'DF-08': [
    { text: sound.replace('USER 10001:10001\n', ''), line: 7 },
    { text: sound.replace('USER 10001:10001', 'USER node'), line: 11 },
    { text: sound.replace('USER 10001:10001', 'USER root'), line: 11 },
  ],
  'DF-09': [{ text: sound.replace('CMD ["node", "src/main.js"]', 'CMD node src/main.js'), line: 15 }],
  'DF-10': [{ text: sound.replace('# Run with --init.\n', ''), line: 14 }],
  'DF-11': [{ text: sound.replace('EXPOSE 3000\n', ''), line: 7 }],
  'DF-12': [
    { text: sound.replace(/^HEALTHCHECK.*\n/m, ''), line: 7 },
    { text: sound.replace(/^HEALTHCHECK.*$/m, 'HEALTHCHECK CMD wget -q http://127.0.0.1:3000/'), line: 13 },
    { text: sound.replace('127.0.0.1', 'localhost'), line: 13 },
  ],
  'DF-13': [
    { text: 'FROM node:24\nARG NPM_TOKEN\n', line: 2 },
    { text: 'FROM python:3.13\nENV SECRET_KEY=f8a3e\n', line: 2 },
    { text: 'ARG DB_PASSWORD=x\nFROM node:24\n', line: 1 },
  ],
  'DF-14': [{ text: 'FROM golang:1.26\nRUN CGO_ENABLED=0 go build -o /app .\n', line: 2 }],
  'DF-15': [
    {
      text: 'FROM python:3.13 AS build\nFROM python:3.14\nCOPY --from=build /venv /venv\n',
      line: 2,
    },
    {
      text: 'FROM python:3.13 AS build\nFROM python:3.13\nCOPY --from=build /usr/local/lib/python3.13/site-packages /x\n',
      line: 3,
    },
  ],
  'DF-16': [{ text: 'FROM python:3.13\nCMD ["gunicorn", "--workers", "3", "shop.wsgi"]\n', line: 2 }],
  'DF-17': [
    { text: 'FROM python:3.13\nCMD python manage.py migrate && gunicorn shop.wsgi\n', line: 2 },
    { text: 'FROM node:24\nRUN npx prisma migrate deploy\n', line: 2 },
  ],
  'DF-51': [
    { text: 'FROM node:24\nRUN npm prune --production\n', line: 2 },
    { text: 'FROM node:24\nRUN npm ci --production=false\n', line: 2 },
  ],
  'DF-52': [{ text: sound.replace('npm ci --omit=dev', 'npm install'), line: 5 }],
  'DF-53': [{ text: sound.replace('["node", "src/main.js"]', '["npm", "start"]'), line: 15 }],
  'DF-54': [{ text: 'FROM node:24\nCOPY . .\n', line: 2, context: { dockerignore: null } }],
  'DF-55': [{ text: 'FROM golang:1.26\nCOPY go.mod go.sum ./\n', line: 2, context: { files: ['go.mod'] } }],
  'DF-56': [{ text: 'FROM python:3.13\nENV PYTHONPATH=/usr/local/lib/python3.13/site-packages\n', line: 2 }],
  'DF-57': [{ text: 'FROM python:3.13\nRUN pip install uv\n', line: 2 }],
  'DF-58': [
    {
      text: 'FROM golang:1.26\nRUN go build -o /app ./cmd/server\n',
      line: 2,
      context: { files: ['go.mod', 'main.go'] },
    },
    {
      text: 'FROM golang:1.26\nWORKDIR /src/api\nRUN go build -o /app ./cmd/server\n',
      line: 3,
      context: { files: ['api/main.go', 'web/cmd/server/main.go'] },
    },
  ],
  'DF-59': [{ text: 'FROM node:24\nENV NODE_ENV production\n', line: 2 }],
  'DF-60': [{ text: 'FROM debian:13\nRUN useradd --create-home app\nUSER app\n', line: 3 }],
  'DF-61': [{ text: 'FROM node:latest\n', line: 1 }],
  'DF-62': [{ text: 'FROM node:24 AS build\nFROM scratch\nCOPY --from=build / /\n', line: 3 }],
}

describe('rules', () => {
  it('find nothing in a sound Dockerfile', () => {
    expect(lintDockerfile(sound, { files: ['package.json', 'package-lock.json'], dockerignore: '' })).toEqual(
      [],
    )
  })

  for (const [id, cases] of Object.entries(broken)) {
    it.each(cases)(`${id} is found in line $line`, ({ text, line, context }) => {
      const lines = lintDockerfile(text, context)
        .filter((one) => one.id === id)
        .map((one) => one.line)
      expect(lines).toEqual([line])
    })
  }

  it('carry the names of others', () => {
    expect(rules['DF-59'].tags).toEqual(['LegacyKeyValueFormat'])
    expect(lintDockerfile('FROM node:latest\n').find(({ id }) => id === 'DF-61')?.tags).toEqual(['DL3007'])
  })
})

describe('lookalikes that are sound', () => {
  it.each<[RuleId, string, Partial<BuildContext>?]>([
    ['DF-01', '# syntax=docker/dockerfile:1\n# check=error=true\nFROM node:24\nRUN <<EOF\nls\nEOF\n'],
    ['DF-02', 'FROM node@sha256:0000\n'],
    ['DF-02', 'FROM registry.example.com:5000/team/node:24\n'],
    ['DF-02', 'FROM node:24 AS build\nFROM build\n'],
    ['DF-02', 'ARG BASE=node:24\nFROM $BASE\n'],
    ['DF-03', 'FROM node:24 AS a\nWORKDIR /app\nFROM a\nCOPY x y\n'],
    ['DF-03', 'FROM scratch\nCOPY --from=build /shop /shop\n'],
    ['DF-05', 'FROM node:24\nCOPY --from=manifests . .\nRUN npm ci\n'],
    ['DF-08', 'FROM node:24 AS a\nUSER 1000\nFROM a\n'],
    ['DF-09', 'FROM node:24 AS a\nCMD node x\nFROM a\nCMD ["node", "x"]\n'],
    ['DF-10', 'FROM node:24\nENTRYPOINT ["tini", "--"]\nCMD ["node", "a.js"]\n'],
    ['DF-12', 'FROM scratch\n# No HEALTHCHECK: nothing in it can ask.\n'],
    ['DF-13', 'FROM node:24\nENV TOKEN_FILE=/run/secrets/t PUBLIC_KEY=x API_KEY_PATH=y KEYCLOAK=z\n'],
    ['DF-16', 'FROM python:3.13\nCMD ["gunicorn", "--threads", "3", "shop.wsgi"]\n'],
    ['DF-17', 'FROM node:24\nCOPY migrations ./migrations\nRUN echo migrated\n'],
    ['DF-51', 'FROM node:24\nRUN npm prune --omit=dev\n'],
    ['DF-52', 'FROM node:24\nRUN npm install --global pnpm@10\n'],
    ['DF-54', 'FROM node:24\nCOPY --from=build . .\n', { dockerignore: null }],
    ['DF-54', 'FROM node:24\nCOPY . .\n'],
    ['DF-55', 'FROM golang:1.26\nCOPY go.mod go.sum* ./\n', { files: ['go.mod'] }],
    ['DF-57', 'FROM python:3.13\nRUN pip install uv==0.12.5\n'],
    ['DF-58', 'FROM golang:1.26\nRUN go build ./cmd/server\n', { files: ['cmd/server/main.go'] }],
    [
      'DF-58',
      'FROM golang:1.26\nWORKDIR /src/api\nRUN go build ./cmd/server\n',
      { files: ['api/cmd/server/main.go'] },
    ],
    ['DF-59', 'FROM node:24\nENV A="b c" D=e\n'],
    ['DF-60', 'FROM debian:13\nRUN useradd --uid 10001 app\nUSER 10001\n'],
    ['DF-62', 'FROM node:24 AS a\nFROM node:24\nCOPY --from=a /app /\n'],
  ])('%s says nothing of %j', (id, text, context) => {
    expect(lintDockerfile(text, context).filter((one) => one.id === id)).toEqual([])
  })
})

describe('an allowance', () => {
  const file = (comment: string) => `FROM node:24\nWORKDIR /a\n${comment}\nCOPY . .\nRUN npm ci\n`
  const ids = (text: string) => lintDockerfile(text).map(({ id }) => id)

  it('lets the instruction below it stand', () => {
    expect(ids(file('# allows DF-05: postinstall runs code of ours'))).not.toContain('DF-05')
  })

  it('needs a reason, and is for the one rule', () => {
    expect(ids(file('# allows DF-05:'))).toContain('DF-05')
    expect(ids(file('# allows DF-06: because'))).toContain('DF-05')
  })
})
