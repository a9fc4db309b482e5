import { readFileSync } from 'node:fs'

/* Sums the JSON reports of several runs of vitest into one line: `N passed, N failed, N skipped`. */

interface Report {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

interface Count {
  passed: number
  failed: number
  skipped: number
}

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

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
