import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../runtime/world.fixture.ts'
import { readIntent } from './intent.ts'

async function folderFor(target: string): Promise<string> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const text = `app: shop\nrun: { command: node server.js }\nenvironments: { production: { target: ${target} } }\n`
  await writeFile(join(folder.path, 'sluice.yaml'), text)
  return folder.path
}

const image = `ghcr.io/acme/shop@sha256:${'a'.repeat(64)}`

it('takes an image that was asked for instead of the one in sluice.yaml', async () => {
  const { config } = await readIntent(await folderFor('docker'), { image })
  expect(config.image).toBe(image)
})

it('refuses an image where none can run', async () => {
  await expect(readIntent(await folderFor('process'), { image })).rejects.toMatchObject({
    message: `production runs on process, which runs no images, and ${image} was asked for`,
    todo: 'Leave --image out, or set environments.production.target to docker or swarm.',
  })
})

it('refuses an image beside a release, which has its own', async () => {
  const asked = readIntent(await folderFor('docker'), { image, release: 'r3' })
  await expect(asked).rejects.toThrow('r3 has an image of its own')
})
