import { describe, expect, it } from 'vitest'
import { defineEnv } from './define-env.ts'
import { choice, list, port, text, url } from './kinds/index.ts'

describe('the Markdown table', () => {
  it('tells name, meaning, required, default, secret and phase', () => {
    const declared = defineEnv({
      PORT: port({ default: 3000, docs: 'Where to listen.' }),
      KEY: text({ secret: true, docs: 'Signs | seals.\nTwice.', defaults: { test: 'only for tests' } }),
      LEVEL: choice(['a', 'b'], { defaults: { development: 'b' } }),
      LIST: list({ separator: '|', default: ['`', 'x'], phase: 'build' }),
      URL: url({ requiredWhen: () => true, deprecated: 'use PORT', example: 'https://a' }),
    })
    expect(declared.toMarkdown().split('\n')).toEqual([
      '| Name | Meaning | Required | Default | Secret | Phase |',
      '| --- | --- | --- | --- | --- | --- |',
      '| `PORT` | Where to listen. A whole number from 1 to 65535. | no | `3000` | no | runtime |',
      '| `KEY` | Signs \\| seals. Twice. Text. | yes, except in test |  | yes | runtime |',
      '| `LEVEL` | One of a, b. | yes, except in development | `b` (development) | no | runtime |',
      '| `LIST` | A list with "\\|" between its items, each text. | no | `` `\\|x `` | no | build |',
      '| `URL` | A URL such as https://host/path. For example `https://a`. **Deprecated:** use PORT. | depends on others |  | no | runtime |',
      '',
    ])
  })
})
