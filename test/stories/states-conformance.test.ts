/** Every open conformance case with the built engine: results, order, changes, comments and files as real Salt gave them. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { conformanceFolder, conformanceIsThere, knownDifferences } from '../support/conformance.ts'
import { corpusCommand, makeWorld, type World } from '../support/world.ts'

const cases = conformanceIsThere ? readdirSync(join(conformanceFolder, 'cases')).sort() : []
/** What run-case printed of each: PASS or FAIL, and the lines below it. */
const told = new Map<string, string>()
let world: World
let folder = ''

beforeAll(async () => {
  world = makeWorld()
  if (!conformanceIsThere) return
  folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  // A copy that is ours: modes of read-only files would show in what the states make of them.
  cpSync(conformanceFolder, folder, { recursive: true })
  await world.run(['chmod', '-R', 'u+w', folder])
  const halves = [0, 1].map(half => cases.filter((_, at) => at % 2 === half))
  await Promise.all(halves.map(runCases))
}, 900_000)
afterAll(async () => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
  await world.dispose()
})

async function runCases(names: readonly string[]): Promise<void> {
  const paths = names.map(name => join(folder, 'cases', name))
  const engine = `${corpusCommand} states call`
  const ended = await world.run([
    join(folder, 'run-case'),
    '--engine',
    engine,
    '--check',
    '--level',
    'comment',
    ...paths,
  ])
  for (const part of ended.stdout.split(/^(?=PASS |FAIL )/m)) {
    const name = part.slice(5, part.indexOf('\n'))
    told.set(name, part)
  }
  if (ended.stderr !== '') told.set('', ended.stderr)
}

describe.runIf(conformanceIsThere)('The engine gives what Salt gave for', () => {
  test.each(cases)('%s', name => {
    const needsRoot = existsSync(join(conformanceFolder, 'cases', name, 'cleanup.sh')) && process.getuid?.() !== 0
    if (needsRoot) {
      console.log(`${name} makes users, crontabs and the like: it needs root, and was not judged`)
      return
    }
    const outcome = told.get(name) ?? `not run: ${told.get('') ?? ''}`
    const reason = knownDifferences[name]
    if (reason === undefined) expect(outcome).toBe(`PASS ${name}\n`)
    // Once it passes, it leaves the list.
    else expect(outcome, `known to differ: ${reason}`).toMatch(/^FAIL /)
  })
})

test.skipIf(conformanceIsThere)('the conformance cases are kept elsewhere', () => {
  console.log(`no cases in ${conformanceFolder}: name their folder with CORPUS_CONFORMANCE`)
})
