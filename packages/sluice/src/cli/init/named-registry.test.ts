import { expect, it } from 'vitest'
import { namedRegistry } from './named-registry.ts'

function inEnvironments(registries: Record<string, string | null>): string {
  const lines = Object.entries(registries).map(([name, registry]) =>
    registry === null
      ? `  ${name}: { target: swarm }`
      : `  ${name}:\n    container: { memory: 1gb, registry: ${registry} }`,
  )
  return ['app: shop', 'environments:', ...lines].join('\n')
}

it.each([
  ['production', { staging: 'a.example', production: 'b.example/team' }, 'b.example/team'],
  ['staging', { qa: 'c.example', staging: 'a.example', production: null }, 'a.example'],
  ['any other', { production: null, qa: 'c.example:5000/x' }, 'c.example:5000/x'],
])('takes the registry of %s', (_, registries, expected) => {
  expect(namedRegistry(inEnvironments(registries))).toBe(expected)
})

it('reads one that is named once for all', () => {
  const text = `x: &kept { registry: a.example }\nenvironments: { production: { container: *kept } }`
  expect(namedRegistry(text)).toBe('a.example')
})

it.each([
  ['there is no file', null],
  ['it names none', inEnvironments({ production: null })],
  ['it is no YAML', 'environments: ['],
  [
    'it is something else',
    'environments:\n  production: [1]\n  staging:\n  qa: { container: { registry: 5 } }',
  ],
])('takes none where %s', (_, text) => {
  expect(namedRegistry(text)).toBeNull()
})
