import { realpathSync } from 'node:fs'
import { commanded } from '../../test/lab/command.ts'
import type { Daemon } from '../../test/lab/daemon.ts'
import { archiveOf } from '../../test/lab/image-archive.ts'

const PROGRAM = '/usr/sbin/haproxy'
const SETTINGS = '/usr/local/etc/haproxy/haproxy.cfg'

/** This machine's HAProxy with these settings, as an image. */
export async function haproxyImage(node: Pick<Daemon, 'docker'>, settings: string): Promise<string> {
  const inputFile = await archiveOf({
    files: [],
    made: { [SETTINGS]: settings },
    links: {},
    folders: { '/': 0o755, '/tmp': 0o1777 },
    trees: [PROGRAM, ...(await librariesOf(PROGRAM))].map((path) => ({ from: realpathSync(path), to: path })),
  })
  const change = ['--change', `CMD ${JSON.stringify([PROGRAM, '-W', '-db', '-f', SETTINGS])}`]
  const { code, out, err } = await node.docker(['import', ...change, '-'], { inputFile })
  if (code !== 0) throw new Error(`the image of HAProxy was not taken: ${err}`)
  return out.trim()
}

async function librariesOf(program: string): Promise<string[]> {
  const found = (await commanded('ldd', [program])).matchAll(/(\/\S+) \(0x/g)
  return [...found].map(([, path]) => path!)
}
