import type { NodeFacts } from '../facts.ts'

type Purpose = keyof NodeFacts['scripts']

/** What people call their scripts, the clearest name first. */
const names: { [K in Purpose]: string[] } = {
  build: ['build', 'build:prod', 'build:production', 'compile'],
  start: ['start:prod', 'start:production', 'start', 'serve:prod'],
  lint: ['lint', 'lint:check', 'check:lint', 'lint:ci', 'eslint'],
  types: [
    'typecheck',
    'type-check',
    'types',
    'check-types',
    'check:types',
    'types:check',
    'check:ts',
    'tsc',
    'lint:types',
  ],
  test: ['test', 'test:unit', 'unit', 'unit-test', 'test:ci'],
  integration: ['test:integration', 'integration', 'test:int', 'integration-test', 'test-integration'],
  'end-to-end': ['test:e2e', 'e2e', 'test-e2e', 'test:end-to-end', 'end-to-end', 'e2e:ci'],
}

/** The names of the scripts by what they are for. */
export function scriptNames(scripts: Record<string, string>): NodeFacts['scripts'] {
  const found = (Object.keys(names) as Purpose[]).flatMap((purpose) => {
    const name = names[purpose].find((one) => scripts[one] !== undefined && !isPlaceholder(scripts[one]))
    return name === undefined ? [] : [[purpose, name] as const]
  })
  return Object.fromEntries(found)
}

// What `npm init` writes, and what fails whatever the code is like.
function isPlaceholder(script: string): boolean {
  return script.trim() === '' || /no test specified/i.test(script)
}
