import ignore from '@balena/dockerignore'
import { expect, it } from 'vitest'
import { dockerignore } from './dockerignore.ts'

function kept(paths: string[], more: { needs?: string[]; made?: string[] } = {}): string[] {
  const text = dockerignore({ needs: [], made: [], ...more })
  return ignore.default({ ignorecase: false }).add(text).filter(paths)
}

it('keeps out secrets, history, and what is made anew, however deep', () => {
  const out = [
    '.env',
    '.env.local',
    'apps/web/.env',
    'a/tls.key',
    '.git/HEAD',
    'node_modules/x/y.js',
    'a/node_modules/b',
    'a/__pycache__/b.pyc',
    'Dockerfile',
    'coverage/x',
    '.venv/bin/python',
  ]
  expect(kept(out)).toEqual([])
})

it('leaves in what an app is', () => {
  const all = [
    '.env.example',
    'src/main.js',
    'package.json',
    '.npmrc',
    'src/coverage/x.js',
    'docs/environment.md',
    'env.schema.yaml',
    'keys/a.pub',
  ]
  expect(kept(all)).toEqual(all)
})

it('keeps out what the build makes, and reads its name as a name', () => {
  expect(kept(['dist/a.js', 'src/dist/a.js'], { made: ['dist'] })).toEqual(['src/dist/a.js'])
  expect(kept(['#out/a', 'b*/a', 'bc/a'], { made: ['#out', 'b*'] })).toEqual(['bc/a'])
})

it('lets in what the Dockerfile needs, unless it is a secret', () => {
  expect(kept(['coverage/index.html'], { needs: ['coverage'] })).toEqual(['coverage/index.html'])
  expect(kept(['.env'], { needs: ['.env'] })).toEqual([])
})
