import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { openedPorts, parseSockets, portOwner, showPort } from './listening-ports.ts'

test.runIf(process.platform === 'linux')('finds who has a port, and the ports of whom', async () => {
  const source = `require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', source], { detached: true })
  try {
    const [line] = await once(child.stdout, 'data')
    const port = Number(String(line))
    expect(await openedPorts(child.pid!)).toEqual([{ host: '127.0.0.1', port }])
    const owner = await portOwner(port)
    expect(owner?.pid).toBe(child.pid)
    expect(owner?.command).toMatch(/ -e require.{50,}…$/)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await portOwner(port)).toBeNull()
  } finally {
    child.kill('SIGKILL')
  }
})

test('reads listening sockets as Linux writes them', () => {
  const line = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0`
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    line('0100007F:0BB8', '0A', 11),
    line('00000000:1F90', '0A', 12),
    line('0100007F:0BB9', '01', 13),
    line('00000000000000000000000001000000:0050', '0A', 14),
    line('00000000000000000000000000000000:0051', '0A', 15),
    line('0000000000000000FFFF00000100007F:0052', '0A', 16),
    line('B80D0120000000000000000001000000:0053', '0A', 17),
  ].join('\n')
  expect(parseSockets(table).map((socket) => `${socket.inode} ${showPort(socket)}`)).toEqual([
    '11 127.0.0.1:3000',
    '12 *:8080',
    '14 [::1]:80',
    '15 *:81',
    '16 127.0.0.1:82',
    '17 [2001:db8::1]:83',
  ])
})
