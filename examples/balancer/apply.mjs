#!/usr/bin/env node
// apply.mjs SOCKET ENVIRONMENT LIST: makes a HAProxy send requests to the instances of a list, and to no others.
// agent.yaml:  instances: { apply: [node, /etc/sluice/apply.mjs, /run/haproxy/admin.sock] }
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

const [socket, environment, file] = process.argv.slice(2)
const backend = environment.replaceAll('/', '-')

try {
  await followNewest()
} catch (error) {
  // One line, which Sluice shows.
  console.error(error.message)
  process.exitCode = 1
}

/** A list that changed meanwhile may be the work of a newer call: whoever comes last must leave the newest behind. */
async function followNewest() {
  for (let seen = ''; ; ) {
    const found = readFileSync(file, 'utf8')
    if (found === seen) return
    await follow(JSON.parse(found).endpoints.map(({ host, port }) => `${host}:${port}`))
    seen = found
  }
}

/** New ones first, so that somebody is there at every moment. A place in maintenance finishes the requests it has. */
async function follow(wanted) {
  const places = await placesOf()
  const taken = places.filter(({ isReady }) => isReady)
  const free = places.filter(({ isReady }) => !isReady)
  for (const at of wanted.filter((one) => !taken.some((place) => place.at === one))) {
    const place = free.shift()
    if (place === undefined) throw new Error(`${backend} has ${places.length} places, and more are needed`)
    const colon = at.lastIndexOf(':')
    await ask(`set server ${backend}/${place.name} addr ${at.slice(0, colon)} port ${at.slice(colon + 1)}`)
    await ask(`set server ${backend}/${place.name} state ready`)
  }
  for (const { name } of taken.filter(({ at }) => !wanted.includes(at)))
    await ask(`set server ${backend}/${name} state maint`)
  const served = (await placesOf()).filter(({ isReady }) => isReady).map(({ at }) => at)
  if (served.sort().join() !== [...wanted].sort().join())
    throw new Error(`${backend} was to serve ${wanted.join(', ')}, and serves ${served.join(', ')}`)
}

/**
 * Columns as in HAProxy's management guide, `show servers state`: 4 name, 5 address, 6 state (2: running), 7 what an
 * administrator has said of it (4 alone: it was disabled in the file, and is no more), 19 port.
 */
async function placesOf() {
  const lines = (await ask(`show servers state ${backend}`)).split('\n').slice(2)
  const rows = lines.map((line) => line.split(' ')).filter((row) => row.length > 18)
  if (rows.length === 0) throw new Error(`HAProxy knows no backend ${backend}`)
  return rows.map((row) => ({
    name: row[3],
    at: `${row[4]}:${row[18]}`,
    isReady: row[5] === '2' && (Number(row[6]) & ~4) === 0,
  }))
}

async function ask(command) {
  const connection = connect(socket)
  connection.end(`${command}\n`)
  return text(connection)
}
