import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PlantedFault, plantedFaults } from './planted-faults.ts'

const source = join(import.meta.dirname, '..')
const mostDrawn = 1_500
const rooms = ['core', 'std', 'sim']

describe('the simulator sees', () => {
  let root: string
  const caught: string[] = []

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'planted-'))
  })

  afterAll(async () => {
    await rm(root, { recursive: true, force: true })
    console.log(caught.join('\n'))
  })

  it.each(plantedFaults)('$name', { timeout: 300_000 }, async (fault) => {
    const found = await firstWrong(await plant(fault, join(root, String(plantedFaults.indexOf(fault)))))
    if (found !== null) caught.push(`${fault.name}: in world ${found.worlds}: ${found.wrong}`)
    expect(found, `not caught within ${mostDrawn} drawn worlds`).not.toBeNull()
  })
})

async function plant(fault: PlantedFault, folder: string): Promise<string> {
  const isCode = (path: string) => !path.endsWith('.test.ts')
  for (const room of rooms)
    await cp(join(source, room), join(folder, room), { recursive: true, filter: isCode })
  const path = join(folder, fault.file)
  const parts = (await readFile(path, 'utf8')).split(fault.find)
  if (parts.length !== 2)
    throw new Error(`${fault.file} has ${parts.length - 1} places for the fault "${fault.name}", not one`)
  await writeFile(path, parts.join(fault.instead))
  return folder
}

async function firstWrong(folder: string): Promise<{ worlds: number; wrong: string } | null> {
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, 'sim', file)).href)
  const { simulate } = await load('simulate.ts')
  const { drawScenario } = await load('draw-scenario.ts')
  const { scenariosThatFoundSomething } = await load('scenarios-that-found-something.ts')
  const kept = scenariosThatFoundSomething.length
  for (let world = 1; world <= kept + mostDrawn; world += 1) {
    const scenario = scenariosThatFoundSomething[world - 1]?.scenario ?? drawScenario(world - kept)
    const wrong = wrongOf(() => simulate(scenario).wrongs)
    if (wrong !== undefined) return { worlds: world, wrong }
  }
  return null
}

// A fault may also make the engine throw or call itself without end, which is seen as well.
function wrongOf(run: () => string[]): string | undefined {
  try {
    return run()[0]
  } catch (error) {
    return String(error)
  }
}
