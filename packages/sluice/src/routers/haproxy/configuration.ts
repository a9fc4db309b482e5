import { createHash } from 'node:crypto'
import { isIP, isIPv6 } from 'node:net'
import { SluiceError } from '../../errors.ts'
import type { Doors } from './doors.ts'
import type { HaproxyHome } from './home.ts'
import { requestRules, secureDoor } from './request-rules.ts'
import { serverOptions, serversOf } from './servers.ts'
import type { Table } from './table.ts'

/** HAProxy's file, and a name for all of it that cannot be changed while it runs. */
export interface Configuration {
  text: string
  shape: string
}

/** The whole file. All text in it is ours, or has passed `checkTraffic`. `certificates`: see `certificateMark`. */
export function configurationOf(
  table: Table,
  home: HaproxyHome,
  doors: Doors,
  certificates = '',
): Configuration {
  const servers = Map.groupBy(serversOf(table), ({ name }) => name.split('/')[0]!)
  const frame = `${defaults(home)}${frontend(table, home, doors)}${beside(home)}`
  const slots = Array.from({ length: table.slots }, (_, i) => {
    const lines = (servers.get(`s${i}`) ?? []).map(
      ({ name, address, state }) =>
        `  server ${name.split('/')[1]} ${address} ${serverOptions}${state === 'serving' ? '' : ' disabled'}\n`,
    )
    return `backend s${i}\n  balance roundrobin\n  http-request set-timeout server var(txn.patience)\n${lines.join('')}`
  })
  const shape = createHash('sha256')
    .update(`${frame} ${table.slots} ${certificates}`)
    .digest('hex')
    .slice(0, 32)
  const head = `# Written by Sluice; changes are lost.\nglobal\n  set-var proc.shape str(${shape})\n`
  return { text: `${head}${frame}\n${slots.join('')}`, shape }
}

function defaults(home: HaproxyHome): string {
  return `  # Two HAProxys on one port would share its connections.
  noreuseport
  fd-hard-limit 65536
  hard-stop-after 1h
  stats socket ${home.adminSocket} mode 600 level admin expose-fd listeners
  log ring@lines len 4096 format raw local0
  lua-load ${home.script}
  ssl-default-bind-options ssl-min-ver TLSv1.2

ring lines
  format raw
  maxlen 4096
  size 16777216
  timeout connect 1s
  timeout server 10s
  server sluice unix@${home.logSocket} log-proto octet-count

defaults
  mode http
  log global
  timeout http-request 10s
  timeout connect 1s
  timeout client 65s
  timeout server 30s
  timeout queue 30s
  timeout http-keep-alive 65s
  timeout tunnel 1h
  option redispatch 1
  # Closing idle connections at a reload would race with their next requests.
  option idle-close-on-response
  retries 2
  retry-on conn-failure empty-response

`
}

function frontend(table: Table, home: HaproxyHome, doors: Doors): string {
  return `frontend users
${binds(home, doors)}  log-format "R %pid %lc %[var(txn.env)] %[var(txn.release)] %[var(txn.epoch)] %[var(txn.cohort)] %s %ST %tsc %rc %[var(txn.us)] %[var(txn.endless)]"
${requestRules(table, home)}  use_backend %[var(txn.slot)]
  default_backend nobody

`
}

function binds({ relay }: HaproxyHome, { listen, tls }: Doors): string {
  const own = `  bind ${relay.plain} mode 600 accept-proxy\n  bind ${relay.secure} mode 600 accept-proxy id ${secureDoor}\n`
  const plain = `  bind ${address(listen)}\n${own}`
  if (tls === null) return plain
  return `${plain}  bind ${address(tls.listen)} ssl crt ${quoted(tls.certificates)} alpn h2,http/1.1\n`
}

function beside({ markSocket, relay }: HaproxyHome): string {
  return `frontend marks
  bind ${markSocket} mode 600
  log-format "M %HU"
  http-request return status 204

backend nobody
  http-request return status 404

# From a process that leaves to the one that accepts.
backend relay
  server next unix@${relay.plain} send-proxy-v2

backend relay-secure
  server next unix@${relay.secure} send-proxy-v2

backend turns
  stick-table type string len 512 size 10k expire 1d store gpc0

backend held
  stick-table type string len 512 size 10k expire 1h store conn_cur

backend endless
  stick-table type string len 512 size 100k expire 1h store conn_cur
`
}

function address({ host, port }: { host: string; port: number }): string {
  if (host !== 'localhost' && host !== '*' && isIP(host) === 0) wrong('an address to listen on', host)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    wrong('a port to listen on, from 1 to 65535', port)
  return `${isIPv6(host) ? `[${host}]` : host === 'localhost' ? '127.0.0.1' : host}:${port}`
}

function quoted(path: string): string {
  if (!/^\/[^\x00-\x1f\x7f']+$/.test(path)) wrong('an absolute path of certificates, without quotes', path)
  return `'${path}'`
}

function wrong(wanted: string, found: unknown): never {
  throw new SluiceError('CONFIG_INVALID', `HAProxy needs ${wanted}, and found ${JSON.stringify(found)}`)
}
