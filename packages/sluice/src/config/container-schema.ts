import { z } from 'zod'
import { command, oneOf, section, size, text, whole, yesNo } from './values.ts'

/** A named volume or an absolute folder, and where it is in the container; `:ro` at the end where it must not be written. */
const VOLUME = /^(?:[A-Za-z0-9][\w.-]{0,100}|\/[^:\0]*):\/[^:\0]+(?::ro)?$/
const ABSOLUTE = /^\/[^:\0]+$/
const NETWORK = /^[A-Za-z0-9][\w.-]{0,100}$/
const USER = /^[A-Za-z0-9_][\w.-]{0,63}(?::[A-Za-z0-9_][\w.-]{0,63})?$/
const REGISTRY = /^[\w.-]+(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/
const CONSTRAINT = /^[\w.-]+\s*(?:==|!=)\s*[^\s\0]+$/

function list(title: string, pattern: RegExp, wanted: string) {
  return z
    .array(text(title, pattern, wanted), { error: `a list: each ${wanted}` })
    .max(50, { error: 'at most 50' })
    .meta({ title: `list of ${title}s` })
    .prefault([])
}

/** What may stand below `environments.<name>.container`: how a container is made, where its image does not say. */
export const container = section({
  command: command()
    .optional()
    .describe("Runs in place of the image's own command. A command line needs a shell in the image."),
  init: yesNo()
    .prefault(true)
    .describe(
      'Whether its first process is a small init, which hands SIGTERM on to an app that has not asked for it yet and reaps zombies. For an image that brings its own, such as s6: false.',
    ),
  user: text('user', USER, 'a user such as 1000, 1000:1000 or node')
    .optional()
    .describe("Whom it runs as. The image's own user when not given."),
  memory: size()
    .optional()
    .describe('Memory that it may use; beyond it the kernel ends it. No limit when not given.'),
  cpus: z
    .number({ error: 'a number of cores such as 0.5 or 2' })
    .positive({ error: 'a number of cores such as 0.5 or 2' })
    .max(1_000, { error: 'at most 1000 cores' })
    .meta({ title: 'number' })
    .optional()
    .describe('Cores that it may use. No limit when not given.'),
  pids: whole(1, 1_000_000).optional().describe('Processes and threads that may exist in it at a time.'),
  readOnly: yesNo()
    .prefault(false)
    .describe('Whether its root file system cannot be written to; `tmpfs` and `volumes` still can.'),
  tmpfs: list('path', ABSOLUTE, 'an absolute path such as /tmp').describe('Folders in memory.'),
  volumes: list('volume', VOLUME, 'a volume such as uploads:/app/uploads or /srv/conf:/conf:ro').describe(
    'Named volumes or absolute folders of the engine, and where they are in the container.',
  ),
  networks: list('network', NETWORK, 'the name of a network').describe(
    'Networks of the engine that it joins; the router reaches it over the first.',
  ),
  secrets: oneOf(['env', 'files'])
    .prefault('env')
    .describe(
      'How it gets a variable that is `{ file: … }`: as a variable, or as the file `/run/secrets/NAME` with the path in `NAME_FILE`.',
    ),
  log: section({
    maxSize: size().prefault('10mb').describe('Size at which the engine begins a new file.'),
    maxFiles: whole(1, 100).prefault(3).describe('Files that it keeps.'),
  })
    .prefault({})
    .describe('How the engine rotates what it prints.'),
  reach: oneOf(['address', 'port'])
    .optional()
    .describe(
      "How the router reaches it: at the container's own address, or a port of the engine's machine. The address where that works when not given.",
    ),
  registry: text('registry', REGISTRY, 'a registry such as registry.example.com/team')
    .optional()
    .describe(
      'Swarm only: where an image that was built is pushed to, so that every node can get it. Needed on more than one node.',
    ),
  constraints: list('constraint', CONSTRAINT, 'a constraint such as node.labels.disk==ssd').describe(
    'Swarm only: on which nodes it may run.',
  ),
})

export type ReadContainer = z.output<typeof container>
