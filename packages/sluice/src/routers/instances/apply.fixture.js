// What a person would write for a balancer of theirs: hands the list to it, and fails where that fails.
import { readFileSync } from 'node:fs'

const [url, environment, file] = process.argv.slice(2)
const answer = await fetch(url, { method: 'POST', body: readFileSync(file) })
const said = await answer.text()
if (!answer.ok) {
  console.error(`${environment}: ${said}`)
  process.exitCode = 1
}
