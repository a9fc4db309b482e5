import type { GoFacts } from '../../detect/facts.ts'
import { newest } from '../../pipeline/pins.ts'
import { baseImages } from './base-images.ts'
import { type Draft, portOf, userLine } from './draft.ts'
import { goCheck, goProbeLines, probeOfApp } from './health-check.ts'
import { insidePath, shellWord, versionWord } from './text.ts'

/** Go: a program without anything around it. Null: nothing says what is built. */
export function goDraft(app: GoFacts): Draft | null {
  if (app.package === null) return null
  const inside = insidePath(app.package.value)
  const target = inside === '.' ? '.' : `./${inside}`
  const version = versionWord(app.version?.value ?? newest.go)
  const image = app.usesCgo ? baseImages.goWithC(version) : baseImages.go(version)
  const port = portOf(app, 8080)
  return {
    lines: [
      '# Compiled where there is a compiler; what runs is the program alone.',
      // Go compiles for any machine on any other, which an emulated compiler would take minutes for. C does not.
      `FROM ${app.usesCgo ? '' : '--platform=$BUILDPLATFORM '}${image} AS build`,
      'ARG TARGETOS',
      'ARG TARGETARCH',
      ...goProbeLines(app.readsPort),
      'WORKDIR /src',
      ...moduleLines(app),
      'COPY . .',
      ...(app.module === null
        ? ['# Without a go.mod it is no module yet.', 'RUN ["go", "mod", "init", "app"]']
        : []),
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \\',
      `    ${buildCommand(app, target)}`,
      '',
      `FROM ${app.usesCgo ? baseImages.distrolessC : baseImages.distrolessStatic}`,
      ...(app.readsPort ? [`ENV PORT=${port}`] : []),
      'WORKDIR /app',
      'COPY --from=build /out/healthcheck /healthcheck',
      'COPY --from=build /out/server /server',
      userLine,
      `EXPOSE ${port}`,
      ...goCheck(probeOfApp(app, port, app.readsPort)),
      'CMD ["/server"]',
    ],
    needs: [inside],
    made: [],
    notes: [],
    contextAbove: null,
  }
}

function moduleLines({ module, hasGoSum, hasVendor }: GoFacts): string[] {
  if (module === null || hasVendor) return []
  return [
    `# First what changes seldom, so that modules are fetched once.${hasGoSum ? '' : ' No go.sum: there are none.'}`,
    `COPY go.mod ${hasGoSum ? 'go.sum ' : ''}./`,
    'RUN --mount=type=cache,target=/go/pkg/mod go mod download',
  ]
}

function buildCommand({ usesCgo, hasVendor }: GoFacts, target: string): string {
  const env = usesCgo ? 'CGO_ENABLED=1' : 'CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH'
  const vendor = hasVendor ? '-mod=vendor ' : ''
  return `${env} go build ${vendor}-trimpath -ldflags="-s -w" -o /out/server ${shellWord(target)}`
}
