import type { GoFacts } from '../../detect/facts.ts'
import { newest } from '../../pipeline/pins.ts'
import { baseImages } from './base-images.ts'
import { builtFrom, contextNotes } from './build-context.ts'
import { type Draft, portOf, userLine } from './draft.ts'
import { goCheck, goProbeLines, probeOfApp } from './health-check.ts'
import { asFolder, copyLine, insidePath, joined, shellWord, versionWord, workdirLine } from './text.ts'

/** Go: a program without anything around it. Null: nothing says what is built. */
export function goDraft(app: GoFacts): Draft | null {
  if (app.package === null) return null
  const inside = insidePath(app.package.value)
  const target = inside === '.' ? '.' : `./${inside}`
  const version = versionWord(app.version?.value ?? newest.go)
  const image = app.usesCgo ? baseImages.goWithC(version) : baseImages.go(version)
  const port = portOf(app, 8080)
  const place = builtFrom(app)
  const manifests = manifestsOf(app)
  return {
    lines: [
      '# Compiled where there is a compiler; what runs is the program alone.',
      // Go compiles for any machine on any other, which an emulated compiler would take minutes for. C does not.
      `FROM ${app.usesCgo ? '' : '--platform=$BUILDPLATFORM '}${image} AS build`,
      'ARG TARGETOS',
      'ARG TARGETARCH',
      ...goProbeLines(app.readsPort),
      'WORKDIR /src',
      ...moduleLines(app, manifests),
      // Go finds the module, and the go.work, by where it is.
      ...(place.folder === '.' ? [] : [workdirLine(`/src/${place.folder}`)]),
      ...downloadLines(app),
      place.folder === '.' ? 'COPY . .' : 'COPY . /src/',
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
    needs: [joined(place.folder, inside), ...manifests.flatMap(({ files }) => files)],
    made: [],
    notes: contextNotes(place),
    contextAbove: place.above,
  }
}

interface Manifests {
  folder: string
  files: string[]
}

/** What says which modules are fetched, by the folders that it lies in, of the context. */
function manifestsOf({ module, hasGoSum, hasVendor, workspace }: GoFacts): Manifests[] {
  if (module === null || hasVendor) return []
  const { goWork, modules } = workspace ?? { goWork: null, modules: [{ folder: '.', hasGoSum }] }
  const named = (folder: string, names: string[]): Manifests => {
    const inside = insidePath(folder)
    return { folder: inside, files: names.map((name) => joined(inside, name)) }
  }
  return [
    ...(goWork === null
      ? []
      : [named(goWork.folder, ['go.work', ...(goWork.hasSum ? ['go.work.sum'] : [])])]),
    ...modules.map((one) => named(one.folder, ['go.mod', ...(one.hasGoSum ? ['go.sum'] : [])])),
  ]
}

function moduleLines(app: GoFacts, manifests: Manifests[]): string[] {
  if (manifests.length === 0) return []
  const hasSums = manifests.some(({ files }) => files.some((file) => file.endsWith('.sum')))
  const why = app.workspace === null ? '' : ' Go reads the go.mod of every module before it fetches for one.'
  return [
    `# First what changes seldom, so that modules are fetched once.${why}${hasSums ? '' : ' No go.sum: there are none.'}`,
    ...manifests.map(({ folder, files }) => copyLine(files, asFolder(folder))),
  ]
}

function downloadLines(app: GoFacts): string[] {
  return app.module === null || app.hasVendor
    ? []
    : [`RUN --mount=type=cache,target=/go/pkg/mod ${withoutGoWork(app)}go mod download`]
}

function buildCommand(app: GoFacts, target: string): string {
  const { usesCgo, hasVendor } = app
  const env = usesCgo ? 'CGO_ENABLED=1' : 'CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH'
  const vendor = hasVendor ? '-mod=vendor ' : ''
  return `${withoutGoWork(app)}${env} go build ${vendor}-trimpath -ldflags="-s -w" -o /out/server ${shellWord(target)}`
}

// Where one is copied that names other modules, Go builds none but those.
function withoutGoWork({ ignoresGoWork, workspace }: GoFacts): string {
  return ignoresGoWork && workspace !== null ? 'GOWORK=off ' : ''
}
