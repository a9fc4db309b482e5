import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeAgent } from './fake-agent.fixture.ts'

/*
 * A program that can be started like an agent: `… agent --home HOME`. What it does stands in FAKE_AGENT:
 * `serve` until SIGTERM, `crash` with words in the log, `explain` itself in agent.failed.json, or be `second`.
 */
const home = process.argv.at(-1)!
switch (process.env.FAKE_AGENT) {
  case 'serve':
    rmSync(join(home, 'agent.sock'), { force: true })
    await fakeAgent({}, home)
    break
  case 'crash':
    console.error('out of luck')
    process.exit(70)
    break
  case 'explain':
    writeFileSync(
      join(home, 'agent.failed.json'),
      JSON.stringify({ code: 'STATE_TOO_NEW', message: 'written by 9.9.9' }),
    )
    process.exit(4)
    break
  case 'second':
    // The quicker one has the home, and does not answer yet.
    spawn(process.execPath, process.argv.slice(1), {
      env: { ...process.env, FAKE_AGENT: 'serve' },
      detached: true,
      stdio: 'ignore',
    }).unref()
    process.exit(3)
}
