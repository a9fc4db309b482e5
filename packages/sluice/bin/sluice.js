#!/usr/bin/env node
// Plain JavaScript that an old Node can parse, because its first work is to find a Node that can run the rest.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const needed = 24
const here = dirname(fileURLToPath(import.meta.url))
const asked = process.argv.slice(2)

if (asked.length === 1 && (asked[0] === '--version' || asked[0] === '-v')) sayVersion()
else if (process.platform === 'win32') refuseWindows()
else if (Number(process.versions.node.split('.')[0]) >= needed) run()
else runUnderOwnNode()

function sayVersion() {
  console.log(JSON.parse(readFileSync(join(here, '..', 'package.json'), 'utf8')).version)
}

function refuseWindows() {
  console.error('✗ Sluice runs on Linux and macOS. On Windows, use it inside WSL.')
  process.exitCode = 2
}

function run() {
  silenceExperiments()
  // The repository has the source; a published package has what was compiled from it.
  const source = join(here, '..', 'src', 'cli', 'main.ts')
  const compiled = join(here, '..', 'dist', 'cli', 'main.js')
  const entry = existsSync(source) ? source : compiled
  import('node:module')
    .then(function cacheCode(module) {
      // Halves the start. Beside the package, where nobody can write who may not change the code itself.
      module.enableCompileCache(join(here, '..', 'node_modules', '.cache', 'sluice'))
      return import(pathToFileURL(entry).href)
    })
    .then(function start(program) {
      return program.main(asked)
    })
}

// What Node still calls experimental and we rely on is our affair, not the reader's; other warnings stay.
function silenceExperiments() {
  const warn = process.emitWarning
  process.emitWarning = function warnUnlessExperiment(warning, ...more) {
    const [type] = more
    const name = typeof type === 'object' && type !== null ? type.type : type
    if (name === 'ExperimentalWarning' && /SQLite|[Tt]ype [Ss]tripping/.test(String(warning))) return
    warn.call(process, warning, ...more)
  }
}

function runUnderOwnNode() {
  const node = ownNode(here)
  if (node === null) {
    console.error(
      `✗ Sluice needs Node ${needed} or newer, and this is ${process.version}. Install a newer Node, or add the npm package "node" beside sluice.`,
    )
    process.exitCode = 2
    return
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const isAtTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  // A terminal sends Ctrl-C to both; the child decides what it means, and we wait for its word.
  signals.forEach(function pass(signal) {
    process.on(signal, function toChild() {
      if (signal !== 'SIGINT' || !isAtTerminal) child.kill(signal)
    })
  })
  // After the signals have their listeners: one in between would end us alone and leave the child behind.
  const child = spawn(node, [fileURLToPath(import.meta.url)].concat(asked), { stdio: 'inherit' })
  child.on('error', function failed(error) {
    console.error(`✗ ${node} could not be started: ${error.message}`)
    process.exitCode = 4
  })
  child.on('exit', function ended(code, signal) {
    if (signal === null) return process.exit(code)
    signals.forEach(function release(one) {
      process.removeAllListeners(one)
    })
    process.kill(process.pid, signal)
  })
}

// The npm package "node" puts its program beside the packages of whoever installed it.
function ownNode(folder) {
  const node = join(folder, 'node_modules', 'node', 'bin', 'node')
  if (existsSync(node)) return node
  const parent = dirname(folder)
  return parent === folder ? null : ownNode(parent)
}
