import ignore from '@balena/dockerignore'
import { madeBy } from '../generator.ts'

// Anchored at the folder that is built from, unlike in .gitignore: what may lie deeper begins with `**/`.
const groups: { why: string; isSecret?: boolean; patterns: string[] }[] = [
  {
    why: 'Secrets, which would be in a layer for ever',
    isSecret: true,
    patterns: ['**/.env*', '!**/.env.example', '**/*.pem', '**/*.key'],
  },
  {
    why: 'History and editors',
    patterns: ['.git', '.gitignore', '.gitattributes', '.vscode', '.idea', '**/.DS_Store'],
  },
  {
    why: 'How it is built and deployed',
    patterns: [
      '**/Dockerfile',
      '**/*.dockerignore',
      '**/.dockerignore',
      '.github',
      '.gitlab-ci.yml',
      '.circleci',
      'sluice.yaml',
      'compose*.yaml',
      'docker-compose*.yml',
    ],
  },
  {
    why: 'What is installed anew',
    patterns: ['**/node_modules', '**/.venv', '**/venv', '**/__pycache__', '**/*.pyc'],
  },
  {
    why: 'What tests and tools leave',
    patterns: [
      'coverage',
      'htmlcov',
      'test-results',
      'playwright-report',
      '**/.pytest_cache',
      '**/*.log',
      '**/*.tsbuildinfo',
    ],
  },
]

/** What of a folder is no part of an image: nothing that the Dockerfile needs, and everything that the build makes anew. */
export function dockerignore({ needs, made }: { needs: string[]; made: string[] }): string {
  const kept = groups.map(({ why, isSecret = false, patterns }) => ({
    why,
    patterns: isSecret
      ? patterns
      : patterns.filter((pattern) => !needs.some((path) => matches(pattern, path))),
  }))
  const built = { why: 'What is built anew', patterns: made.map(literal) }
  const sections = [...kept, built].filter(({ patterns }) => patterns.length > 0)
  return `${[madeBy(), ...sections.map(({ why, patterns }) => `\n# ${why}.\n${patterns.join('\n')}`)].join('\n')}\n`
}

function matches(pattern: string, path: string): boolean {
  return path !== '.' && ignore.default().add([pattern]).ignores(path)
}

// A line of it is a pattern, a comment, or an exception.
function literal(path: string): string {
  return path.replaceAll(/[*?[\\]/g, '\\$&').replace(/^([#!])/, '\\$1')
}
