import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BuildContext } from './finding.ts'
import { lintDockerfile } from './lint.ts'
import { simulate } from './simulate.ts'

const files = ['package.json', 'src/main.js', 'requirements.txt', 'main.go', 'go.mod', '.env']

function seen(lines: string[], context: Partial<BuildContext> = {}): string[] {
  return simulate(lines.join('\n'), { files, ...context }).map(
    ({ id, line, verdict }) => `${line} ${id}${verdict === 'unknown' ? ' unknown' : ''}`,
  )
}

describe('the simulator finds', () => {
  it.each<[string, string[], string[], Partial<BuildContext>?]>([
    ['a source that is not there', ['FROM node:24', 'COPY nowhere /app/'], ['2 SIM-SOURCE']],
    [
      'one that the ignore file keeps out',
      ['FROM node:24', 'COPY src /app/'],
      ['2 SIM-SOURCE'],
      { dockerignore: 'src\n' },
    ],
    [
      'one that an earlier stage has not',
      ['FROM node:24 AS build', 'FROM node:24', 'COPY --from=build /app/dist /app'],
      ['3 SIM-SOURCE'],
    ],
    [
      'a server that nobody installed',
      ['FROM python:3.13', 'RUN pip install django==5', 'CMD ["gunicorn", "shop.wsgi"]'],
      ['3 SIM-COMMAND'],
      { commands: ['django-admin'] },
    ],
    [
      'a server that was left in the other stage',
      [
        'FROM python:3.13 AS build',
        'RUN pip install gunicorn',
        'FROM python:3.13',
        'CMD ["gunicorn", "shop.wsgi"]',
      ],
      ['4 SIM-COMMAND'],
    ],
    [
      'a program that is elsewhere',
      [
        'FROM golang:1.26 AS build',
        'RUN go build -o /out/shop',
        'FROM scratch',
        'COPY --from=build /out/shop /shop',
        'CMD ["/app"]',
      ],
      ['5 SIM-COMMAND'],
    ],
    [
      'the shell form where there is no shell',
      ['FROM scratch', 'COPY main.go /shop', 'CMD /shop'],
      ['3 SIM-SHELL'],
    ],
    [
      'a RUN where there is no shell',
      ['FROM gcr.io/distroless/static-debian13:nonroot', 'RUN echo x'],
      ['2 SIM-SHELL'],
    ],
    [
      'a health check by a tool that is absent',
      ['FROM node:24-slim', 'HEALTHCHECK CMD ["curl", "-f", "http://127.0.0.1"]', 'CMD ["node"]'],
      ['2 SIM-PROBE'],
    ],
    [
      'the same in shell form',
      ['FROM debian:13-slim', 'HEALTHCHECK CMD wget -q http://127.0.0.1 || exit 1', 'CMD ["bash"]'],
      ['2 SIM-PROBE'],
    ],
    [
      'a volume that its user cannot write',
      ['FROM node:24', 'RUN mkdir /data', 'USER 10001', 'VOLUME /data'],
      ['4 SIM-PERMISSION'],
    ],
    [
      'an install as somebody in a folder of root',
      ['FROM node:24', 'WORKDIR /app', 'COPY package.json ./', 'USER node', 'RUN npm ci --omit=dev'],
      ['5 SIM-PERMISSION'],
    ],
    [
      'code that only root can read',
      ['FROM node:24', 'COPY --chmod=700 src /app/', 'WORKDIR /app', 'USER 10001', 'CMD ["node"]'],
      ['5 SIM-PERMISSION'],
    ],
    [
      'an app in the home of root',
      ['FROM node:24', 'WORKDIR /root/app', 'USER 10001', 'CMD ["node"]'],
      ['4 SIM-PERMISSION'],
    ],
    ['secrets', ['FROM node:24', 'ARG NPM_TOKEN', 'ENV SECRET_KEY=abc'], ['2 SIM-SECRET', '3 SIM-SECRET']],
    [
      'packages for development in the stage that runs',
      [
        'FROM node:24 AS build',
        'WORKDIR /app',
        'COPY package.json ./',
        'RUN npm ci',
        'FROM node:24',
        'WORKDIR /app',
        'COPY --from=build /app ./',
        'CMD ["node", "x"]',
      ],
      ['8 SIM-FINAL'],
    ],
    [
      'a compiler in the stage that runs',
      ['FROM debian:13', 'RUN apt-get update && apt-get install -y gcc'],
      ['2 SIM-FINAL'],
    ],
    [
      'the toolchain itself',
      ['FROM golang:1.26', 'RUN go build -o /shop .', 'CMD ["/shop"]'],
      ['1 SIM-FINAL'],
    ],
    ['a relative path without WORKDIR', ['FROM node:24', 'COPY src ./src'], ['2 SIM-WORKDIR']],
    ['a relative WORKDIR of nowhere', ['FROM node:24', 'WORKDIR app'], ['2 SIM-WORKDIR']],
    ['a PATH that lost the base’s', ['FROM node:24', 'ENV PATH=/app/bin', 'CMD ["node"]'], ['3 SIM-COMMAND']],
  ])('%s', (_, lines, expected, context) => {
    expect(seen(lines, context)).toEqual(expected)
  })
})

describe('the simulator says nothing of', () => {
  it.each<[string, string[], Partial<BuildContext>?]>([
    ['an exception in the ignore file', ['FROM node:24', 'COPY src /app/'], { dockerignore: '*\n!src\n' }],
    ['a pattern', ['FROM node:24', 'COPY *.json /app/']],
    [
      'what another image has',
      ['FROM scratch', 'COPY --from=ghcr.io/astral-sh/uv:0.12 /uv /uv', 'CMD ["/uv"]'],
    ],
    [
      'what an unknown command may have made',
      ['FROM node:24 AS build', 'RUN ./make-it', 'FROM node:24', 'COPY --from=build /x/y /z'],
    ],
    [
      'a tool that was installed',
      [
        'FROM debian:13-slim',
        'RUN apt-get update && apt-get install -y curl',
        'HEALTHCHECK CMD ["curl", "x"]',
        'CMD ["bash"]',
      ],
    ],
    ['wget in Alpine', ['FROM alpine:3.24', 'HEALTHCHECK CMD wget -q x', 'CMD ["sh"]']],
    [
      'a virtual environment',
      [
        'FROM python:3.13 AS build',
        'RUN ["python", "-m", "venv", "/venv"]',
        'RUN /venv/bin/pip install gunicorn==1',
        'FROM python:3.13',
        'ENV PATH=/venv/bin:$PATH',
        'COPY --from=build /venv /venv',
        'CMD ["gunicorn", "a:b"]',
      ],
    ],
    ['the shell form where there is one', ['FROM node:24', 'CMD node src/main.js']],
    [
      'a shell that hands over',
      [
        'FROM python:3.13',
        'RUN pip install uvicorn==1',
        'CMD ["sh", "-c", "exec uvicorn --port \\"$PORT\\" \\"$@\\"", "uvicorn", "a:b"]',
      ],
    ],
    [
      'a folder that was given away',
      ['FROM node:24', 'RUN mkdir /data && chown 10001 /data', 'USER 10001', 'VOLUME /data'],
    ],
    ['a path to a secret', ['FROM node:24', 'ENV TOKEN_FILE=/run/secrets/t']],
    [
      'a throw-away secret of one line',
      ['FROM python:3.13', 'RUN SECRET_KEY=x python manage.py collectstatic'],
    ],
    [
      'pruned packages',
      [
        'FROM node:24 AS build',
        'WORKDIR /app',
        'RUN npm ci && npm prune --omit=dev',
        'FROM node:24',
        'WORKDIR /app',
        'COPY --from=build /app/node_modules ./node_modules',
        'CMD ["node", "x"]',
      ],
    ],
    [
      'an install that production keeps small',
      [
        'FROM node:24',
        'ARG NODE_ENV=production',
        'ENV NODE_ENV $NODE_ENV',
        'WORKDIR /app',
        'RUN npm ci',
        'CMD ["node", "x"]',
      ],
    ],
    ['a module of WebAssembly', ['FROM scratch', 'COPY main.go /app.wasm', 'ENTRYPOINT ["app.wasm"]']],
    [
      'compilers of another stage',
      [
        'FROM golang:1.26 AS build',
        'RUN go build -o /shop .',
        'FROM scratch',
        'COPY --from=build /shop /shop',
        'CMD ["/shop"]',
      ],
    ],
    ['the WORKDIR of an earlier stage', ['FROM node:24 AS a', 'WORKDIR /app', 'FROM a', 'COPY src ./src']],
    ['golang’s own WORKDIR', ['FROM golang:1.26 AS a', 'COPY main.go ./', 'FROM scratch']],
    ['sources behind a variable', ['FROM node:24', 'ARG WHERE', 'COPY $WHERE /app/']],
    ['a remote source', ['FROM node:24', 'ADD https://example.com/x.tar /x.tar']],
  ])('%s', (_, lines, context) => {
    expect(seen(lines, context)).toEqual([])
  })
})

describe('what is not known', () => {
  it('is unknown, and never a fault', () => {
    expect(seen(['FROM acme/base:1', 'CMD ["gunicorn"]'])).toEqual(['2 SIM-COMMAND unknown'])
    expect(seen(['FROM $BASE', 'HEALTHCHECK CMD curl x'])).toEqual(['2 SIM-PROBE unknown'])
    expect(seen(['FROM acme/base:1', 'COPY src src', 'CMD gunicorn x'])).toEqual(['3 SIM-COMMAND unknown'])
  })

  it('is what dependencies bring, unless somebody says', () => {
    const lines = ['FROM python:3.13', 'RUN pip install -r requirements.txt', 'CMD ["gunicorn", "shop.wsgi"]']
    expect(seen(lines)).toEqual(['3 SIM-COMMAND unknown'])
    expect(seen(lines, { commands: [] })).toEqual(['3 SIM-COMMAND'])
    expect(seen(lines, { commands: ['gunicorn'] })).toEqual([])
  })

  it('is anything, after a command that nobody knows', () => {
    expect(seen(['FROM node:24', 'RUN curl -o x https://x | sh', 'CMD ["thing"]'])).toEqual([
      '3 SIM-COMMAND unknown',
    ])
    expect(seen(['FROM node:24', 'RUN <<EOF', 'apk add x', 'EOF', 'CMD ["thing"]'])).toEqual([
      '5 SIM-COMMAND unknown',
    ])
  })
})

it('tells the commands of the starting examples that do not work', () => {
  const example = [
    'FROM python:3.13-slim AS build',
    'RUN pip install --target /deps django==5.2',
    'FROM python:3.13-slim',
    'COPY --from=build /deps /usr/local/lib/deps',
    'COPY src src',
    'HEALTHCHECK CMD ["wget", "-q", "http://localhost:8000"]',
    'CMD ["gunicorn", "shop.wsgi"]',
  ]
  expect(seen(example, { commands: [] }).filter((one) => !one.startsWith('4'))).toEqual([
    '5 SIM-WORKDIR',
    '6 SIM-PROBE',
    '7 SIM-COMMAND',
  ])
})

it('reads any text without throwing, as the rules do', () => {
  const word = fc.constantFrom(
    ...[
      'FROM',
      'COPY',
      'RUN',
      'CMD',
      'ENV',
      'ARG',
      'USER',
      'WORKDIR',
      'HEALTHCHECK',
      'SHELL',
      'VOLUME',
      'ONBUILD',
    ],
    ...[
      'node:24',
      'scratch',
      'AS',
      'build',
      '--from=build',
      '--chmod',
      '.',
      '/',
      './',
      '[',
      ']',
      '"a"',
      ',',
      '[]',
      '$X',
      '$' + '{X',
    ],
    ...[
      '<<EOF',
      'EOF',
      '\\',
      '\n',
      '#',
      '=',
      'a=b',
      "'",
      '"',
      '&&',
      'npm',
      'ci',
      'pip',
      'install',
      '-r',
      'go',
      'build',
      '-o',
      '*',
      '[a',
    ],
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.constantFrom(' ', '\n', '')), { maxLength: 40 }), (words) => {
      const text = words.flat().join('')
      const found = [...simulate(text, { files }), ...lintDockerfile(text, { files, dockerignore: null })]
      expect(found.every(({ line }) => line >= 1)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
