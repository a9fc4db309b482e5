import { expect, it } from 'vitest'
import { SluiceError } from '../errors.ts'
import { environmentOf } from './environment.ts'
import { parseConfig } from './load.ts'

function choose(environments: string, name?: string): string {
  const text = `app: shop\nrun: { command: node server.js }\nenvironments: { ${environments} }\n`
  return environmentOf(parseConfig(text, '/srv/shop'), name).id
}

function refusal(environments: string, name?: string): SluiceError {
  try {
    choose(environments, name)
  } catch (error) {
    if (error instanceof SluiceError) return error
  }
  throw new Error('was not refused')
}

it('takes the environment that is named', () => {
  expect(choose('staging: , production: ', 'staging')).toBe('shop/staging')
})

it('takes the only one when none is named', () => {
  expect(choose('staging: ')).toBe('shop/staging')
})

it('takes production among several when none is named', () => {
  expect(choose('staging: , production: ')).toBe('shop/production')
})

it('asks for a name where there are several and no production', () => {
  const error = refusal('blue: , green: ')
  expect(error.facts()).toEqual({
    code: 'USAGE',
    message: 'shop has several environments and none is called production: blue, green',
    todo: 'Say which one: --env blue',
  })
})

it('lists the known ones when an unknown one is named, and the one that was probably meant', () => {
  expect(refusal('staging: , production: ', 'prodution').facts()).toEqual({
    code: 'UNKNOWN_ENVIRONMENT',
    message: 'no environment "prodution" in sluice.yaml; known are: staging, production',
    todo: 'Did you mean --env production?',
  })
  expect(refusal('staging: ', 'constructor').todo).toBe('Choose one of them, or add it to sluice.yaml.')
})
