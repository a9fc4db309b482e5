import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { allChecks, type GroupName, groups } from './index.ts'
import { checksPage } from './reference.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const prefixes: { [K in GroupName]: string } = {
  application: 'APP',
  infrastructure: 'INF',
  monitoring: 'MON',
  security: 'SEC',
  operations: 'OPS',
}
const sizes: { [K in GroupName]: number } = {
  application: 11,
  infrastructure: 13,
  monitoring: 10,
  security: 14,
  operations: 13,
}

it.each(Object.keys(groups) as GroupName[])(
  '%s has all of its checks, in the order of their ids',
  (group) => {
    const ids = Object.values(groups[group]).map(({ id }) => id)
    const wanted = Array.from(
      { length: sizes[group] },
      (_, index) => `${prefixes[group]}-${String(index + 1).padStart(2, '0')}`,
    )
    expect(ids).toEqual(wanted)
  },
)

it('has 61 checks', () => {
  expect(allChecks()).toHaveLength(61)
})

it('proves each check by methods that the check has', () => {
  const lacking = allChecks().flatMap(({ check }) =>
    [...check.passes, ...(check.warns ?? [])].flat().flatMap((method) => {
      const isThere =
        method === 'attested' ? check.attestedForDays !== undefined : check[method] !== undefined
      return isThere ? [] : [`${check.id}: ${method}`]
    }),
  )
  expect(lacking).toEqual([])
})

it('has tests of each check in which it passes, in which it does not, and in which nobody can tell', () => {
  const lacking = (Object.keys(groups) as GroupName[]).flatMap((group) =>
    Object.keys(groups[group]).flatMap((name) => {
      const source = [`${here}${group}/${name}.ts`, `${here}${group}/${name}/${name}.ts`].find(existsSync)!
      const test = source.replace(/\.ts$/, '.test.ts')
      if (!existsSync(test)) return [`${group}/${name} has no test`]
      const [code, tests] = [source, test].map((file) => readFileSync(file, 'utf8')) as [string, string]
      const answers = ['pass', 'fail', 'unknown'].filter((status) => new RegExp(`\\b${status}\\(`).test(code))
      return answers
        .filter((status) => !tests.includes(`'${status}'`))
        .map((status) => `${group}/${name}: ${status}`)
    }),
  )
  expect(lacking).toEqual([])
})

it('is told in a reference page that is made from the checks', () => {
  const page = fileURLToPath(new URL('../../../../docs/reference/checks.md', import.meta.url))
  // `node scripts/generate-docs.ts` writes it anew.
  expect(readFileSync(page, 'utf8')).toBe(checksPage())
})
