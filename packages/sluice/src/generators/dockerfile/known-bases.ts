/** What a base image brings, as far as a Dockerfile can depend on it. */
export interface KnownBase {
  /** Programs in the folders of its PATH. */
  commands: readonly string[]
  hasShell: boolean
  path: string
  workdir: string | null
  user: string
  /** Folders with more in them than anybody lists. */
  filled: readonly string[]
  /** Compiles: nothing for a stage that only runs. */
  isForBuilding: boolean
}

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const system = [
  '/bin',
  '/etc',
  '/home',
  '/lib',
  '/lib64',
  '/opt',
  '/root',
  '/run',
  '/sbin',
  '/srv',
  '/tmp',
  '/usr',
  '/var',
  '/proc',
  '/dev',
  '/sys',
]
const core = [
  'awk',
  'basename',
  'cat',
  'chmod',
  'chown',
  'cp',
  'cut',
  'date',
  'dirname',
  'echo',
  'env',
  'false',
  'find',
  'grep',
  'head',
  'id',
  'install',
  'kill',
  'ln',
  'ls',
  'mkdir',
  'mktemp',
  'mv',
  'printf',
  'ps',
  'pwd',
  'rm',
  'sed',
  'sh',
  'sleep',
  'sort',
  'stat',
  'tail',
  'tar',
  'tee',
  'test',
  'touch',
  'tr',
  'true',
  'uname',
  'wc',
  'which',
  'whoami',
  'xargs',
]
const debian = [...core, 'apt', 'apt-get', 'bash', 'dash', 'dpkg', 'groupadd', 'useradd', 'adduser', 'perl']
const alpine = [...core, 'adduser', 'addgroup', 'apk', 'ash', 'wget', 'nc', 'vi', 'busybox']
const fullDebian = [...debian, 'curl', 'wget', 'git', 'gcc', 'g++', 'make', 'hg', 'python3']

const plain: KnownBase = {
  commands: debian,
  hasShell: true,
  path: usualPath,
  workdir: null,
  user: '0',
  filled: system,
  isForBuilding: false,
}
const empty: KnownBase = { ...plain, commands: [], hasShell: false, filled: [] }
const distroless: KnownBase = {
  ...empty,
  filled: ['/etc', '/usr', '/lib', '/lib64', '/var', '/proc', '/dev', '/sys'],
  workdir: null,
}

/** By the image's name without its tag; the function has the tag. */
const rows: Record<string, (tag: string) => KnownBase> = {
  scratch: () => empty,
  debian: (tag) => ({ ...plain, commands: tag.includes('slim') ? debian : debian }),
  ubuntu: () => plain,
  alpine: () => ({ ...plain, commands: alpine }),
  busybox: () => ({ ...plain, commands: alpine.filter((name) => name !== 'apk') }),
  node: (tag) =>
    withTools(tag, [
      'node',
      'nodejs',
      'npm',
      'npx',
      ...(majorOf(tag) < 25 ? ['corepack'] : []),
      ...(majorOf(tag) < 26 ? ['yarn'] : []),
    ]),
  python: (tag) => withTools(tag, ['python', 'python3', 'pip', 'pip3', 'idle', 'pydoc']),
  golang: (tag) => ({
    ...withTools(tag.includes('alpine') ? tag : '', ['go', 'gofmt', 'git']),
    ...{ path: `/go/bin:/usr/local/go/bin:${usualPath}`, workdir: '/go', isForBuilding: true },
    filled: [...system, '/go'],
  }),
  'oven/bun': (tag) => ({ ...withTools(tag, ['bun', 'bunx', 'node']), workdir: '/home/bun/app' }),
}

/** What is known of an image; null: nothing, so that nothing can be said to be absent from it. */
export function knownBase(image: string): KnownBase | null {
  const [nameAndTag = ''] = image.split('@')
  const at = nameAndTag.lastIndexOf(':') > nameAndTag.lastIndexOf('/') ? nameAndTag.lastIndexOf(':') : -1
  const [name, tag] = at === -1 ? [nameAndTag, 'latest'] : [nameAndTag.slice(0, at), nameAndTag.slice(at + 1)]
  const short = name.replace(/^(?:docker\.io\/)?(?:library\/)?/, '')
  if (/^gcr\.io\/distroless\//.test(name)) return distrolessOf(name.split('/').at(-1)!, tag)
  return Object.hasOwn(rows, short) ? rows[short]!(tag) : null
}

function withTools(tag: string, commands: string[]): KnownBase {
  const below = tag.includes('alpine') ? alpine : tag.includes('slim') ? debian : fullDebian
  return { ...plain, commands: [...below, ...commands] }
}

function distrolessOf(name: string, tag: string): KnownBase {
  const runtime = name.startsWith('nodejs')
    ? ['node']
    : name.startsWith('python3')
      ? ['python3', 'python']
      : []
  const isDebug = tag.startsWith('debug')
  const user = tag.includes('nonroot') ? '65532' : '0'
  const commands = [...runtime, ...(isDebug ? alpine.filter((one) => one !== 'apk') : [])]
  return { ...distroless, commands, user, hasShell: isDebug, workdir: user === '0' ? null : '/home/nonroot' }
}

function majorOf(tag: string): number {
  return Number.parseInt(tag, 10) || Number.POSITIVE_INFINITY
}
