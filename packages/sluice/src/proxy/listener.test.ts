import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openListener } from './listener.ts'

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

test('names the port that is taken, who has it and what to do', async () => {
  const owner = createServer().listen(0, '127.0.0.1')
  open.push(owner)
  await new Promise((resolve) => owner.once('listening', resolve))
  const { port } = owner.address() as { port: number }

  const failure = await openListener({ host: '127.0.0.1', port }, undefined, () => {}).catch((error) => error)
  expect(failure).toMatchObject({
    code: 'PORT_TAKEN',
    todo: 'End that process, or choose another port: SLUICE_LISTEN=8081, or "listen" in agent.yaml in SLUICE_HOME.',
  })
  expect(failure.message).toContain(`port ${port} is taken`)
  if (process.platform === 'linux') expect(failure.message).toContain(`by pid ${process.pid} (`)
})

test('tells the port it was given before the first connection can come', async () => {
  let told = 0
  const server = await openListener({ host: '127.0.0.1', port: 0 }, undefined, (_, port) => {
    told = port
  })
  open.push(server)
  expect(told).toBe((server.address() as { port: number }).port)
})
