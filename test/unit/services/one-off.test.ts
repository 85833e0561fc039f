import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectName } from '../../../src/kernel/names.ts'
import { oneOffCommand } from '../../../src/services/one-off.ts'
import { servicesPlace } from '../../../src/services/place.ts'
import { localShell } from '../../../src/shell/local.ts'
import { textOf } from '../../../src/shell/shell.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-one-off-'))
  mkdirSync(join(root, 'tree'))
})
afterEach(() => rmSync(root, { recursive: true }))

test('a single command has the folder and the environment of the release, its words untouched and its own status', async () => {
  const oneOff = { project: projectName('shop'), tree: join(root, 'tree'), account: null, environment: { A: "'$x\n" } }
  const { command, cleanUp } = oneOffCommand(servicesPlace(root), {
    ...oneOff,
    argv: ['sh', '-c', 'pwd; printf "%s|" "$A" "$@"; exit 9', '-', "a'b", '$HOME', ''],
  })
  const ended = await localShell.run(command)
  cleanUp()
  expect([textOf(ended.stdout), ended.status]).toEqual([`${join(root, 'tree')}\n'$x\n|a'b|$HOME||`, 9])
  expect(existsSync(join(root, 'corpus/one-off')) && readdirSync(join(root, 'corpus/one-off'))).toEqual([])
})

test('a single word with spaces is a line for the shell; a command that is not there is named, without the name of a file of ours', async () => {
  const run = async (...argv: string[]) => {
    const oneOff = { project: projectName('shop'), tree: join(root, 'tree'), account: null, environment: { A: 'a  b' } }
    const { command, cleanUp } = oneOffCommand(servicesPlace(root), { ...oneOff, argv })
    const ended = await localShell.run(command)
    cleanUp()
    return [textOf(ended.stdout), textOf(ended.stderr), ended.status]
  }
  expect(await run('printf "%s|" "$A" x; exit 4')).toEqual(['a  b|x|', '', 4])
  expect(await run('printf', '%s|', '$A; x', '')).toEqual(['$A; x||', '', 0])
  expect(await run('no-such-tool', '--help')).toEqual([
    '',
    'corpus: no-such-tool: there is no such command on the PATH of the release\n',
    127,
  ])
})
