import { posix } from 'node:path'
import type { GoFacts } from '../detect/facts.ts'
import type { CheckRequest, Checks } from './checks.ts'
import { job } from './job.ts'
import { newest, pins } from './pins.ts'
import type { Cache, Job } from './pipeline.ts'
import { servicesOf } from './services.ts'
import { sharedFolder } from './shared-folder.ts'
import { shellWord } from './shell-word.ts'

/** What comes with Go itself: every module has it. */
export function goChecks({ app, variables, hasOwnBuild }: CheckRequest & { app: GoFacts }): Checks {
  const { lockfiles, package: built } = app
  // What it imports of its module is tested with it.
  const folder = sharedFolder(app)
  const place = { kind: 'language', language: 'go', version: app.version?.value ?? newest.go } as const
  const keyFiles = lockfiles.map((file) => posix.join(app.folder, file))
  const cache: Cache[] =
    keyFiles.length === 0 ? [] : [{ variable: 'GOMODCACHE', folder: 'go/pkg/mod', keyFiles }]
  const env: Record<string, string> = app.ignoresGoWork ? { GOWORK: 'off' } : {}
  const running = (id: string, title: string, script: string, more: Partial<Job> = {}): Job =>
    job({ id, title, place, cache, env, steps: [{ name: title, folder, script }], ...more })
  return {
    jobs: [
      running('lint', 'Format and vet', lint),
      running('unit', 'Tests with coverage', test, {
        services: servicesOf(app, variables),
        artifacts: [posix.join(folder, 'coverage.out')],
        timeoutMinutes: 30,
      }),
      ...(hasOwnBuild && built !== null
        ? [
            running('build', 'Build', '', {
              steps: [
                {
                  name: 'Build',
                  folder: app.folder,
                  script: `go build -trimpath -o /dev/null ${shellWord(built.value)}`,
                },
              ],
            }),
          ]
        : []),
      running(
        'dependencies',
        'No known weakness in dependencies',
        `go run golang.org/x/vuln/cmd/govulncheck@v${pins.govulncheck} ./...`,
        // It is written in a newer Go than the app may be.
        { place: { ...place, version: newest.go }, cache: [] },
      ),
    ],
    notes: [],
  }
}

const lint = `found=$(find . -name '*.go' -not -path './vendor/*' -not -path './.cache/*' -exec gofmt -l {} +)
if [ -n "$found" ]; then
  echo "Not as gofmt writes it: $found"
  exit 1
fi
go vet ./...`

const test = `go test -race -coverprofile=coverage.out ./...
go tool cover -func=coverage.out | tail -n 1`
