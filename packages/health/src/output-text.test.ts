import { expect, test } from 'vitest'
import { outputText, thrownText } from './output-text.ts'

test.each([
  ['connect to postgres://shop:hunter2@db:5432/shop failed', 'connect to postgres://***@db:5432/shop failed'],
  ['redis://:p@ss@cache:6379 refused', 'redis://***@cache:6379 refused'],
  ['401 for Authorization: Bearer eyJhbGci.OiJI.UzI1', '401 for Authorization: Bearer ***'],
  ['bad password=hunter2, host=db', 'bad password=***, host=db'],
  ['{"api_key": "a b c", "id": 1}', '{"api_key": ***, "id": 1}'],
])('hides the secret of "%s"', (text, shown) => {
  expect(outputText(text)).toBe(shown)
})

test('is short, however long the text was', () => {
  expect(outputText('x'.repeat(1_000_000))).toHaveLength(200)
})

test('shows the message of an error and nothing else of it', () => {
  expect(thrownText(new Error('no route', { cause: new Error('10.0.0.7') }))).toBe('no route')
  expect(thrownText(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED')
})
