import { writeFileSync } from 'node:fs'
import { commanded } from './command.ts'
import type { Lot } from './lot.ts'

/** A bridge with the lot's name and the address NETWORK.0.1, which may reach the world and is not cut off by another engine's rules. */
export async function openBridge(lot: Lot): Promise<void> {
  const net = `${lot.network}.0.0/16`
  // One of its own, as Docker gives its bridge. Else it has the lowest among its cables, and another one with every container
  // that comes or goes.
  const number = Number(lot.network.split('.')[1])
  const address = `02:53:4c:00:00:${number.toString(16).padStart(2, '0')}`
  await commanded('ip', ['link', 'add', lot.name, 'address', address, 'type', 'bridge'])
  await commanded('ip', ['address', 'add', `${lot.network}.0.1/24`, 'dev', lot.name])
  await commanded('ip', ['link', 'set', lot.name, 'up'])
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
  const comment = ['-m', 'comment', '--comment', lot.name]
  const rule = (...words: string[]) => commanded('iptables', ['--wait', ...words, ...comment])
  await rule('-t', 'nat', '-I', 'POSTROUTING', '-s', net, '!', '-d', net, '-j', 'MASQUERADE')
  await rule('-I', 'FORWARD', '-s', net, '-j', 'ACCEPT')
  await rule('-I', 'FORWARD', '-d', net, '-j', 'ACCEPT')
  // Within one network that an engine made and numbered itself; nothing goes from one network to another by it.
  await rule('-I', 'FORWARD', '-m', 'physdev', '--physdev-is-bridged', '-j', 'ACCEPT')
}
