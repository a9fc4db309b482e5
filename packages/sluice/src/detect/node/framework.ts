import { posix } from 'node:path'
import type { Concluded } from '../facts.ts'
import { literalOf, type Node, nameOf, parseScript } from '../script.ts'
import type { Survey } from '../survey.ts'
import { dependencyIn, type Manifest } from './manifest.ts'

/** How an app is built and started when it is made with a framework. */
export interface Framework {
  name: Concluded<string>
  /** What is started where no script says otherwise; null where the code starts itself, or nothing is to be started. */
  command: string[] | null
  /** Whether all of it is files for a browser. */
  isStatic: boolean
  /** Where it listens, and whether it reads PORT; null where its code decides. */
  port: number | null
  outputFolder: string | null
}

interface Shape {
  name: string
  /** Any of them. */
  packages: string[]
  /** Whether it is one also where it is not installed in production. */
  countsInDevelopment?: boolean
}

/** Those that hold others come first: Nest runs on Express, SvelteKit on Vite. */
const shapes: Shape[] = [
  { name: 'next', packages: ['next'], countsInDevelopment: true },
  { name: 'nuxt', packages: ['nuxt', 'nuxt3', 'nuxt-nightly'], countsInDevelopment: true },
  {
    name: 'remix',
    packages: ['@remix-run/serve', '@remix-run/node', '@remix-run/express', '@remix-run/dev'],
    countsInDevelopment: true,
  },
  {
    name: 'react-router',
    packages: ['@react-router/serve', '@react-router/node', '@react-router/dev'],
    countsInDevelopment: true,
  },
  { name: 'sveltekit', packages: ['@sveltejs/kit'], countsInDevelopment: true },
  { name: 'astro', packages: ['astro'], countsInDevelopment: true },
  { name: 'nest', packages: ['@nestjs/core'] },
  { name: 'fastify', packages: ['fastify'] },
  { name: 'hono', packages: ['hono'] },
  { name: 'koa', packages: ['koa'] },
  { name: 'express', packages: ['express'] },
  { name: 'angular', packages: ['@angular/core'], countsInDevelopment: true },
  { name: 'react-scripts', packages: ['react-scripts'], countsInDevelopment: true },
  { name: 'vite', packages: ['vite'], countsInDevelopment: true },
]

/** The framework of a package; null where it uses none that is known. */
export async function frameworkOf(survey: Survey, manifest: Manifest): Promise<Framework | null> {
  for (const { name, packages, countsInDevelopment } of shapes) {
    const found = packages.find(
      (one) => one in manifest.dependencies || (countsInDevelopment && one in manifest.devDependencies),
    )
    // Vite also builds libraries and runs tests; what it serves begins with a page.
    if (found === undefined || (name === 'vite' && !survey.isFile(posix.join(manifest.folder, 'index.html'))))
      continue
    return {
      name: { value: name, from: dependencyIn(manifest, found) },
      ...(await details(survey, manifest, name)),
    }
  }
  return null
}

type Details = Omit<Framework, 'name'>

const ownServer: Details = { command: null, isStatic: false, port: null, outputFolder: null }

async function details(survey: Survey, manifest: Manifest, name: string): Promise<Details> {
  switch (name) {
    case 'next':
      return await next(survey, manifest)
    case 'nuxt':
      return {
        command: ['node', '.output/server/index.mjs'],
        isStatic: false,
        port: 3000,
        outputFolder: '.output',
      }
    case 'nest':
      return { ...ownServer, command: ['node', 'dist/main.js'], outputFolder: 'dist' }
    case 'remix':
      return serve(manifest, '@remix-run/serve', 'dist/cli.js')
    case 'react-router':
      return await reactRouter(survey, manifest)
    case 'sveltekit':
      return svelteKit(survey, manifest)
    case 'astro':
      return astro(survey, manifest)
    case 'angular':
    case 'vite':
      return files('dist')
    case 'react-scripts':
      return files('build')
    default:
      return ownServer
  }
}

async function next(survey: Survey, manifest: Manifest): Promise<Details> {
  const output = await configured(survey, manifest, 'next.config', 'output')
  if (output === 'export') return files('out')
  const command =
    output === 'standalone'
      ? ['node', '.next/standalone/server.js']
      : ['node', 'node_modules/next/dist/bin/next', 'start']
  return { command, isStatic: false, port: 3000, outputFolder: '.next' }
}

async function reactRouter(survey: Survey, manifest: Manifest): Promise<Details> {
  const ssr = await configured(survey, manifest, 'react-router.config', 'ssr')
  return ssr === false ? files('build/client') : serve(manifest, '@react-router/serve', 'bin.js')
}

function serve(manifest: Manifest, server: string, program: string): Details {
  if (!(server in manifest.dependencies)) return { ...ownServer, outputFolder: 'build' }
  const command = ['node', `node_modules/${server}/${program}`, './build/server/index.js']
  return { command, isStatic: false, port: 3000, outputFolder: 'build' }
}

function svelteKit(survey: Survey, manifest: Manifest): Details {
  const all = { ...manifest.dependencies, ...manifest.devDependencies }
  if ('@sveltejs/adapter-node' in all) {
    return { command: ['node', 'build'], isStatic: false, port: 3000, outputFolder: 'build' }
  }
  if ('@sveltejs/adapter-static' in all) return files('build')
  survey.note(
    `${manifest.file}: SvelteKit has no adapter for a server; add @sveltejs/adapter-node to run it on one`,
  )
  return { ...ownServer, outputFolder: '.svelte-kit' }
}

function astro(_survey: Survey, manifest: Manifest): Details {
  if (!('@astrojs/node' in manifest.dependencies)) return files('dist')
  return { command: ['node', './dist/server/entry.mjs'], isStatic: false, port: 4321, outputFolder: 'dist' }
}

function files(outputFolder: string): Details {
  return { command: null, isStatic: true, port: null, outputFolder }
}

// What a file of configuration gives a key, wherever in it: it may be wrapped in any number of functions.
async function configured(survey: Survey, manifest: Manifest, name: string, key: string): Promise<unknown> {
  for (const end of ['js', 'mjs', 'cjs', 'ts', 'mts']) {
    const file = posix.join(manifest.folder, `${name}.${end}`)
    const text = survey.read(file)
    if (text === null) continue
    const script = await parseScript(file, text)
    const field = script?.nodes.find((node: Node) => node.type === 'Property' && nameOf(node.key) === key)
    if (field !== undefined) return literalOf(field.value)
  }
  return undefined
}
