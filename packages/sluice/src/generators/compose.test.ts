import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { CommonFacts } from '../detect/facts.ts'
import { compose } from './compose.ts'
import { nodeApp, requestFor, sure } from './facts.fixture.ts'

function generated(...names: CommonFacts['services'][number]['value'][]): string | undefined {
  const { files } = compose.generate(requestFor(nodeApp({ services: names.map(sure) })))
  return files[0]?.content
}

describe('compose.yaml', () => {
  it('can be read by a person', () => {
    expect(generated('postgres')!.split('\n').slice(2)).toEqual([
      'services:',
      '  postgres: # DATABASE_URL=postgres://app:only-on-this-machine@127.0.0.1:5432/app',
      '    image: postgres:18',
      '    environment:',
      '      POSTGRES_USER: "app"',
      '      POSTGRES_PASSWORD: "only-on-this-machine"',
      '      POSTGRES_DB: "app"',
      '    ports: ["127.0.0.1:5432:5432"]',
      '    volumes: ["postgres:/var/lib/postgresql"]',
      '    healthcheck:',
      '      test: ["CMD","pg_isready","--host=127.0.0.1","--username=app","--dbname=app"]',
      '      interval: 2s',
      '      timeout: 3s',
      '      retries: 30',
      '    restart: unless-stopped',
      'volumes:',
      '  postgres:',
      '',
    ])
  })

  it('has each server once, open to this machine alone, with a tag and a check of its own', () => {
    const all = parse(generated('redis', 'mysql', 'mongodb', 'rabbitmq', 'postgres', 'redis')!)
    expect(Object.keys(all.services)).toEqual(['mongodb', 'mysql', 'postgres', 'rabbitmq', 'redis'])
    expect(Object.keys(all.volumes)).toEqual(Object.keys(all.services))
    for (const { image, ports, healthcheck, volumes } of Object.values<Record<string, never>>(all.services)) {
      expect(image).toMatch(/^[a-z]+:\d/)
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:(\d+):\1$/)])
      expect(healthcheck).toMatchObject({ test: expect.any(Array) })
      expect(volumes).toHaveLength(1)
    }
  })

  it('is not written where the app needs no server', () => {
    expect(generated()).toBeUndefined()
  })
})
