import { compareFences, type Fence } from '../../core/fence.ts'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'

interface Page {
  schema: 1
  fence: Fence
  /** How often each slot was started, so that an instance's id never comes twice: `{ "r7-0": 3 }`. */
  starts: Record<string, number>
}

/** What one environment must not forget: the newest fence it has seen, and the ids it has given out. */
export class Ledger {
  readonly #file: string
  readonly #page: Page
  #writing: Promise<void> = Promise.resolve()
  /** A write that has not begun yet, and so will hold whatever is noted until it does. */
  #queued: Promise<void> | null = null
  #durable: Fence

  private constructor(file: string, page: Page) {
    this.#file = file
    this.#page = page
    this.#durable = page.fence
  }

  /** Throws STATE_TOO_NEW where a newer Sluice has written it, STORE_FAILED where it cannot be read. */
  static async open(file: string): Promise<Ledger> {
    const page = await readJson<Page>(file)
    if (page && page.schema !== 1) {
      throw new SluiceError('STATE_TOO_NEW', `${file} was written by a newer Sluice (schema ${page.schema})`)
    }
    return new Ledger(file, page ?? { schema: 1, fence: { token: 0, effect: 0 }, starts: {} })
  }

  /** Resolves once the fence is on disk. Throws FENCED where a newer one has been seen. */
  async accept(fence: Fence): Promise<void> {
    if (compareFences(fence, this.#page.fence) < 0) throw fenced(fence, this.#page.fence)
    this.#page.fence = fence
    if (compareFences(fence, this.#durable) > 0) await this.save()
  }

  /** Counts one more start of the slot. Not on disk before the next `save`. */
  nextStart(release: string, slot: number): number {
    const key = `${release}-${slot}`
    const start = (this.#page.starts[key] ?? 0) + 1
    this.#page.starts[key] = start
    return start
  }

  save(): Promise<void> {
    if (this.#queued !== null) return this.#queued
    const write = () => this.#write()
    this.#queued = this.#writing.then(write, write)
    this.#writing = this.#queued
    return this.#queued
  }

  async #write(): Promise<void> {
    this.#queued = null
    const { fence } = this.#page
    await writeJson(this.#file, this.#page, { durable: true })
    this.#durable = fence
  }
}

/** The answer to an effect that is older than one already seen. */
export function fenced(fence: Fence, newest: Fence): SluiceError {
  const found = `effect ${fence.effect} of lease ${fence.token}`
  const seen = `effect ${newest.effect} of lease ${newest.token}`
  return new SluiceError('FENCED', `${found} came after ${seen}, which is newer: nothing was changed`)
}
