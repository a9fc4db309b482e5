import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { type Contender, shares } from './contender.ts'
import { proxyCores, spawnOn } from './cores.ts'
import { end, untilAccepting } from './program.ts'
import type { Upstream } from './upstream.ts'

/** One of the proxies that ours is measured beside: on one core, told to keep its connections to the apps. */
export interface Peer {
  name: string
  program: string
  config: (place: Place) => string
  /** With the configuration in `file`, in the foreground. */
  command: (file: string) => string[]
  env?: NodeJS.ProcessEnv
}

interface Place {
  port: number
  folder: string
  upstream: Upstream
}

export const peers: Peer[] = [
  {
    name: 'haproxy',
    program: 'haproxy',
    config: (place) => haproxy(place, ''),
    command: (file) => ['haproxy', '-db', '-f', file],
  },
  {
    // The closer service: ours counts every request, per release, with its latency.
    name: 'haproxy with a log line per request',
    program: 'haproxy',
    config: (place) => haproxy(place, `log 127.0.0.1:${place.upstream.logPort} local0\n  option httplog`),
    command: (file) => ['haproxy', '-db', '-f', file],
  },
  {
    name: 'nginx',
    program: 'nginx',
    config: nginx,
    command: (file) => ['nginx', '-c', file, '-g', 'daemon off;'],
  },
  {
    name: 'caddy',
    program: 'caddy',
    config: caddy,
    command: (file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
    env: { GOMAXPROCS: '1' },
  },
]

/** Starts the peer on the proxy's core. */
export async function openPeer(peer: Peer, folder: string, upstream: Upstream): Promise<Contender> {
  const own = join(folder, peer.name.replaceAll(' ', '-'))
  await mkdir(own)
  const port = await freePort()
  const file = join(own, 'config')
  await writeFile(file, peer.config({ port, folder: own, upstream }))
  const env = { ...process.env, HOME: own, PATH: `${process.env.PATH}:/usr/sbin`, ...peer.env }
  const child = spawnOn(proxyCores, peer.command(file), { cwd: own, env })
  await untilAccepting(child, port)
  // taskset becomes the program, so its pid is the program's.
  const pids = [child.pid!, ...(await childrenOf(child.pid!))]
  return { name: peer.name, port, pids, close: () => end(child) }
}

// nginx works in a child of its first process.
async function childrenOf(pid: number): Promise<number[]> {
  const listed = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return listed.trim().split(' ').filter(Boolean).map(Number)
}

function haproxy({ port, upstream }: Place, logging: string): string {
  const [a, b] = upstream.ports
  return `global
  nbthread 1
  maxconn 2000
defaults
  mode http
  ${logging}
  timeout connect 1s
  timeout client 65s
  timeout server 30s
  timeout http-request 10s
listen shop
  bind 127.0.0.1:${port}
  option forwardfor
  server a 127.0.0.1:${a} weight ${shares[0]}
  server b 127.0.0.1:${b} weight ${shares[1]}
`
}

function nginx({ port, folder, upstream }: Place): string {
  const [a, b] = upstream.ports
  return `worker_processes 1;
pid ${folder}/pid;
error_log stderr;
events { worker_connections 4000; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000;
  upstream shop {
    server 127.0.0.1:${a} weight=${shares[0]};
    server 127.0.0.1:${b} weight=${shares[1]};
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://shop;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`
}

function caddy({ port, upstream }: Place): string {
  const [a, b] = upstream.ports
  return `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${a} 127.0.0.1:${b} {
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
}
`
}
