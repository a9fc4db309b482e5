import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { command, commanded } from './command.ts'
import type { Daemon } from './daemon.ts'
import { essentialPackages, filesOf, packagesWith } from './debian-packages.ts'
import { archiveOf, type ImageContent } from './image-archive.ts'

/** Where an image is put: an engine, or a node of a swarm. */
type Shelf = Pick<Daemon, 'docker'>

/** The Node of this repository and the libraries it needs, and no shell: what an app runs on, in a second. */
export async function nodeImage(engine: Shelf, tag = 'node:24-slim'): Promise<string> {
  const content = bare()
  for (const library of await librariesOf(node))
    content.trees.push({ from: realpathSync(library), to: library })
  content.trees.push({ from: node, to: '/usr/local/bin/node' })
  return put(engine, tag, content, ['CMD ["node"]'])
}

/** The same Node in a small Debian with a shell, `useradd`, npm and apt: what the RUN lines of a Dockerfile ask for. */
export async function nodeBuildImage(engine: Shelf, tag = 'node:24-slim'): Promise<string> {
  const content = await debian(['libstdc++6'])
  content.trees.push(
    { from: node, to: '/usr/local/bin/node' },
    { from: npm(), to: '/usr/local/lib/node_modules/npm' },
  )
  for (const name of ['npm', 'npx'])
    content.links[`/usr/local/bin/${name}`] = `../lib/node_modules/npm/bin/${name}-cli.js`
  // Where a registry is reached through something with a certificate of its own, this machine knows it.
  const trust = 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'
  return put(engine, tag, content, [trust, 'CMD ["node"]'])
}

/** A small Debian: `debian:bookworm-slim`. */
export async function debianImage(engine: Shelf, tag = 'debian:bookworm-slim'): Promise<string> {
  return put(engine, tag, await debian([]), ['CMD ["bash"]'])
}

/** Debian's Python with pip and venv. The version is the machine's own, whatever the tag says. */
export async function pythonImage(engine: Shelf, tag = 'python:3.13-slim'): Promise<string> {
  const content = await debian(['python3', 'python3-venv', 'python3-pip-whl'])
  // Debian asks people not to install packages beside its own; an image of Python's own has no such file.
  content.files = content.files.filter((path) => !path.endsWith('/EXTERNALLY-MANAGED'))
  const pip = '#!/bin/sh\nPYTHONPATH=$(echo /usr/share/python-wheels/pip-*.whl) exec python3 -m pip "$@"\n'
  for (const name of ['pip', 'pip3']) content.made[`/usr/local/bin/${name}`] = { text: pip, mode: 0o755 }
  for (const name of ['python', 'python3']) content.links[`/usr/local/bin/${name}`] = '/usr/bin/python3'
  return put(engine, tag, content, ['CMD ["python3"]'])
}

/** Why there is no Python to make an image of, in a line; null when there is. */
export function whyNoPython(): string | null {
  const has = existsSync('/usr/bin/python3') && existsSync('/usr/share/python-wheels')
  return has ? null : 'Debian’s Python is not installed: apt-get install python3-venv'
}

/** The Go of this machine in a small Debian. */
export async function goImage(engine: Shelf, tag = 'golang:1.26'): Promise<string> {
  const root = await goRoot()
  if (root === null) throw new Error(`no image of Go: ${await whyNoGo()}`)
  const content = await debian([])
  content.trees.push({ from: root, to: '/usr/local/go' })
  content.folders['/go'] = 0o777
  const path =
    'ENV PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return put(engine, tag, content, [path, 'ENV GOPATH=/go', 'ENV GOTOOLCHAIN=local', 'WORKDIR /go'])
}

/** Why there is no Go to make an image of, in a line; null when there is. */
export async function whyNoGo(): Promise<string | null> {
  return (await goRoot()) === null ? 'no Go toolchain is installed' : null
}

/** The repository's own binary, not the one that happens to run the tests. */
const node = realpathSync(
  join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node'),
)

/** The npm of whoever is in the path: it is plain JavaScript. */
function npm(): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = folders.map((folder) => join(folder, 'npm')).find((path) => existsSync(path))
  if (found === undefined) throw new Error('npm is not in the path')
  return dirname(dirname(realpathSync(found)))
}

async function goRoot(): Promise<string | null> {
  try {
    const { code, out } = await command('go', ['env', 'GOROOT'], {
      env: { ...process.env, GOTOOLCHAIN: 'local' },
    })
    return code === 0 && existsSync(join(out.trim(), 'bin/go')) ? realpathSync(out.trim()) : null
  } catch {
    return null
  }
}

async function librariesOf(program: string): Promise<string[]> {
  const found = (await commanded('ldd', [program])).matchAll(/(\/\S+) \(0x/g)
  return [...found].map(([, path]) => path!)
}

/** What every image has: users, a folder for temporary files, certificates. */
function bare(): ImageContent {
  return {
    files: ['/etc/ssl/certs/ca-certificates.crt'].filter((path) => existsSync(path)),
    made: {
      '/etc/passwd':
        'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n_apt:x:42:65534::/nonexistent:/bin/false\nnode:x:1000:1000::/home/node:/bin/sh\n',
      '/etc/group': 'root:x:0:\ntty:x:5:\nstaff:x:50:\nnogroup:x:65534:\nnode:x:1000:\n',
      '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
      '/home/node/.profile': '',
    },
    links: {},
    folders: { '/': 0o755, '/tmp': 0o1777, '/root': 0o700, '/etc': 0o755, '/home/node': 0o777 },
    trees: [],
  }
}

/** The packages of this very machine: nothing is downloaded, and it is done in seconds. */
async function debian(more: string[]): Promise<ImageContent> {
  const packages = await packagesWith([
    ...(await essentialPackages()),
    'apt',
    'ca-certificates',
    'mawk',
    ...more,
  ])
  const content = bare()
  content.files.push(...(await filesOf(packages)), ...alternatives.filter((path) => existsSync(path)))
  content.trees.push({ from: '/etc/ssl/certs', to: '/etc/ssl/certs' }, ...sources)
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) content.links[`/${name}`] = `usr/${name}`
  const masters = '/usr/share/base-passwd'
  const [passwd, group] = await Promise.all(
    ['passwd', 'group'].map((name) => commanded('cat', [join(masters, `${name}.master`)])),
  )
  const users = passwd!.replaceAll(':*:', ':x:')
  content.made['/etc/passwd'] =
    `${users}\n_apt:x:42:65534::/nonexistent:/bin/false\nnode:x:1000:1000::/home/node:/bin/bash\n`
  content.made['/etc/group'] = `${group!.replaceAll(':*:', ':x:')}\nnode:x:1000:\n`
  content.made['/etc/shadow'] = { text: 'root:*:19000:0:99999:7:::\n', mode: 0o600 }
  content.made['/etc/gshadow'] = { text: 'root:*::\n', mode: 0o600 }
  content.made['/var/lib/dpkg/status'] = `${await commanded('dpkg-query', ['--status', ...packages])}\n`
  for (const path of ['updates', 'triggers', 'info', 'alternatives'])
    content.folders[`/var/lib/dpkg/${path}`] = 0o755
  for (const path of [
    '/var/lib/apt/lists/partial',
    '/var/cache/apt/archives/partial',
    '/var/log/apt',
    '/run',
  ])
    content.folders[path] = 0o755
  for (const path of ['/proc', '/sys', '/dev']) content.folders[path] = 0o755
  return content
}

/** Links and files that scripts of packages make, so that no list has them. */
const alternatives = [
  '/usr/bin/sh',
  '/usr/bin/awk',
  '/etc/alternatives/awk',
  '/etc/ld.so.cache',
  '/etc/debian_version',
]

const sources = ['/etc/apt/sources.list', '/etc/apt/sources.list.d', '/usr/share/keyrings']
  .filter((path) => existsSync(path))
  .map((path) => ({ from: path, to: path }))

const usualPath = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What was put on each, by tag: once is enough. */
const taken = new WeakMap<Shelf, Map<string, string>>()

async function put(engine: Shelf, tag: string, content: ImageContent, settings: string[]): Promise<string> {
  const inputFile = await archiveOf(content)
  const known = taken.get(engine) ?? new Map<string, string>()
  const isThere = async () => (await engine.docker(['image', 'inspect', tag])).code === 0
  if (known.get(tag) === inputFile && (await isThere())) return tag
  const changes = [usualPath, ...settings].flatMap((setting) => ['--change', setting])
  const { code, err } = await engine.docker(['import', ...changes, '-', tag], { inputFile, limitMs: 120_000 })
  if (code !== 0) throw new Error(`the image ${tag} was not taken (exit code ${code}): ${err}`)
  taken.set(engine, known.set(tag, inputFile))
  return tag
}
