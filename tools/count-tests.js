// Sums what the steps of .ci/run left behind and says so in one line, `N passed, N failed`; exits 1 unless some passed
// and none failed.
//
//   node tools/count-tests.js <results>
//
// A line of <results> is a step: its name, its exit status and, where it runs tests, the path of Vitest's JSON report,
// with tabs between. Plain JavaScript: it must count when nothing could be installed.
import { existsSync, readFileSync } from 'node:fs'

const steps = readFileSync(process.argv[2] ?? '/dev/stdin', 'utf8')
  .trim()
  .split('\n')
  .map(readStep)
const total = { passed: 0, failed: 0, skipped: 0 }
for (const step of steps) {
  const { passed, failed, skipped, broken } = count(step)
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  for (const why of broken) console.log(`${step.name}: ${why}`)
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1

function readStep(line) {
  const [name, status, report] = line.split('\t')
  return { name, status: Number(status), report }
}

/** What a step adds. However a step fails, it adds at least one failure. */
function count({ status, report }) {
  if (!report) {
    return status === 0 ? added() : added({ failed: 1, broken: [`exit ${status}`] })
  }
  const found = readReport(report)
  if (found === undefined) return added({ failed: 1, broken: [`exit ${status} before its tests ended`] })
  const broken = found.testResults.filter(isBroken).map(file => `${file.name} could not be run`)
  const failed = found.numFailedTests + broken.length
  const counted = { passed: found.numPassedTests, skipped: found.numPendingTests + found.numTodoTests }
  if (failed === 0 && found.numPassedTests === 0) return added({ failed: 1, broken: ['no test ran'] })
  if (failed === 0 && (status !== 0 || !found.success)) {
    return added({ ...counted, failed: 1, broken: [`exit ${status} although its tests passed`] })
  }
  return added({ ...counted, failed, broken })
}

/** A file that failed without a failed test: it does not load, or a hook of it threw. */
function isBroken(file) {
  return file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed')
}

function readReport(path) {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function added(counts) {
  return { passed: 0, failed: 0, skipped: 0, broken: [], ...counts }
}
