import { readFileSync } from 'node:fs'

/* Tells the failed tests of several runs of vitest from their JSON reports, with why, and sums all up in one line: `N passed, N failed, N skipped`. */

interface Report {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages?: string[] }[]
  }[]
}

interface Count {
  passed: number
  failed: number
  skipped: number
}

const mostLinesOfAFailure = 6

for (const line of process.argv.slice(2).flatMap(failuresIn)) console.log(line)
const counts = process.argv.slice(2).map(countIn)
const sum = (of: keyof Count) => counts.reduce((total, count) => total + count[of], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)

// A run that left no report, or failed without a failed test (a file that cannot be read, say), is one failure.
function countIn(file: string): Count {
  const report = readReport(file)
  if (report === null) return { passed: 0, failed: 1, skipped: 0 }
  const { success, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report
  return {
    passed: numPassedTests,
    failed: success ? numFailedTests : Math.max(1, numFailedTests),
    skipped: numPendingTests + numTodoTests,
  }
}

// Here, because the end of a log is what is kept of it, and what is read first.
function failuresIn(file: string): string[] {
  return (readReport(file)?.testResults ?? []).flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed')
    const unread = failed.length === 0 && message !== '' ? [`failed: ${name}`, ...indented(message)] : []
    const told = failed.flatMap(({ fullName, failureMessages = [] }) => [
      `failed: ${name}: ${fullName}`,
      ...failureMessages.flatMap(indented),
    ])
    return [...unread, ...told]
  })
}

function indented(message: string): string[] {
  const lines = message.split('\n').slice(0, mostLinesOfAFailure)
  return lines.map((line) => `    ${line.slice(0, 400)}`)
}

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
