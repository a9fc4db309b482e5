import { spawn } from 'node:child_process'
import { Agent, type AgentOptions } from 'node:http'
import { Duplex } from 'node:stream'

/** Some of what `ssh` says when it fails; more is noise. */
const SAID_LIMIT = 500

/** Every connection is one `ssh HOST docker system dial-stdio`, which is how the docker client does it too. */
export function sshAgent(url: URL, env: NodeJS.ProcessEnv): Agent {
  const options: AgentOptions = { keepAlive: true, maxFreeSockets: 2, timeout: 30_000 }
  const agent = new Agent(options) as Agent & { createConnection(): Duplex }
  agent.createConnection = () => connect(commandLine(url), env)
  return agent
}

function commandLine({ hostname, port, username }: URL): string[] {
  return [
    // Nobody is there to be asked for a password.
    ...['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15'],
    ...(username === '' ? [] : ['-l', decodeURIComponent(username)]),
    ...(port === '' ? [] : ['-p', port]),
    ...['--', hostname, 'docker', 'system', 'dial-stdio'],
  ]
}

function connect(args: string[], env: NodeJS.ProcessEnv): Duplex {
  const child = spawn('ssh', args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const connection = new Duplex({
    read: () => void child.stdout.resume(),
    // What cannot be written any more is told when it has ended.
    write: (chunk, _, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy(error, done) {
      child.kill()
      done(error)
    },
  })
  // An agent asks these of a socket.
  Object.assign(connection, { setKeepAlive() {}, setNoDelay() {}, setTimeout() {}, ref() {}, unref() {} })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_LIMIT)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!connection.push(chunk)) child.stdout.pause()
  })
  child.stdin.on('error', () => {})
  child.on('error', (error) => connection.destroy(error))
  // Only now: by the end of its output alone nobody could tell a failure from a last word.
  child.on('close', (code) => {
    if (code === 0) connection.push(null)
    else connection.destroy(sshFailure(said.trim() || `ssh ended with ${code}`))
  })
  return connection
}

/** With the code of a connection that was not made, which is what it is. */
function sshFailure(said: string): Error {
  return Object.assign(new Error(said), { code: 'ECONNREFUSED' })
}
