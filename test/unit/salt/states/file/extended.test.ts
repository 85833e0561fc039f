import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Dict } from '../../../../../src/salt/python/dict.ts'
import { localShell } from '../../../../../src/shell/local.ts'
import type { Command, Outcome, Shell } from '../../../../../src/shell/shell.ts'
import { resultOf, type StateTree, stateTree } from '../../../../support/state-tree.ts'

let tree: StateTree
afterEach(() => tree.remove())

/** Answers what the given programs would print; others run. */
function shellWith(programs: Readonly<Record<string, (argv: readonly string[]) => string>>): Shell {
  const ended = (stdout: string): Outcome => ({ ...spoken, stdout: Buffer.from(stdout) })
  const spoken = localShell.runSync({ argv: ['/usr/bin/true'] })
  return {
    ...localShell,
    run: (command: Command) => {
      const program = programs[basename(command.argv[0])]
      return program ? Promise.resolve(ended(program(command.argv))) : localShell.run(command)
    },
  }
}

const sls = (more: string) => `conf: {file.managed: [name: "{{ pillar.root }}/conf", contents: text, ${more}]}\n`

describe('file.managed', () => {
  it('gives a file the attributes that it is to have, and loosens it first', async () => {
    tree = stateTree({ 'main.sls': sls('attrs: id'), 'none.sls': sls('attrs: ""') })
    const file = join(tree.root, 'out/conf')
    writeFileSync(file, 'old\n')
    const asked: string[] = []
    let flags = 'ae'
    const shell = shellWith({
      lsattr: () => `----${flags}---- ${file}\n`,
      chattr: ([, change = '']) => {
        asked.push(change)
        const letters = [...change.slice(1)]
        flags = change.startsWith('+')
          ? flags + letters.join('')
          : [...flags].filter(one => !letters.includes(one)).join('')
        return ''
      },
    })
    const tested = resultOf(await tree.apply('main', { shell, test: true }), 'conf')
    expect([tested.result, tested.changes.get('attrs')]).toEqual([null, Dict.of({ old: 'ae', new: 'id' })])
    expect(asked).toEqual([])
    const applied = resultOf(await tree.apply('main', { shell }), 'conf')
    expect([applied.result, applied.changes.get('attrs')]).toEqual([true, Dict.of({ old: 'e', new: 'id' })])
    expect(asked).toEqual(['-a', '+id'])
    expect(readFileSync(file, 'utf8')).toBe('text\n')
    const again = resultOf(await tree.apply('none', { shell }), 'conf')
    expect([again.comment, again.changes.get('attrs')]).toEqual([
      `File ${file} updated`,
      Dict.of({ old: 'ed', new: '' }),
    ])
    expect(resultOf(await tree.apply('none', { shell }), 'conf').changes.size).toBe(0)
  })

  it('fails where the file system refuses an attribute', async () => {
    tree = stateTree({ 'main.sls': sls('attrs: i') })
    const shell = shellWith({ lsattr: ([, , , path]) => `-------- ${path}\n`, chattr: () => '' })
    expect(resultOf(await tree.apply('main', { shell }), 'conf')).toMatchObject({
      result: false,
      comment: 'Failed to change attributes to i',
    })
  })

  it('sets the context of SELinux, and says so where there is none', async () => {
    tree = stateTree({ 'main.sls': sls('selinux: {seuser: system_u, setype: etc_t}') })
    const asked: (readonly string[])[] = []
    const shell = shellWith({
      stat: () => 'unconfined_u:object_r:etc_t:s0\n',
      chcon: argv => {
        asked.push(argv.slice(1, -1))
        return ''
      },
    })
    const applied = resultOf(await tree.apply('main', { shell }), 'conf')
    expect(applied.changes.get('selinux')).toEqual(Dict.of({ Old: 'User: unconfined_u', New: 'User: system_u' }))
    expect(asked).toEqual([['--user', 'system_u', '--']])
    const without = shellWith({ stat: () => '?\n' })
    expect(resultOf(await tree.apply('main', { shell: without }), 'conf').comment).toBe(
      'Unable to get selinux attributes',
    )
  })

  it('works with the chattr of this machine where it can', async () => {
    tree = stateTree({ 'main.sls': sls('attrs: d') })
    const probe = spawnSync('sh', [
      '-c',
      'f=$(mktemp -p "$1"); chattr +d "$f" && lsattr -d "$f"; rm -f "$f"',
      '-',
      tree.root,
    ])
    const able = String(probe.stdout).split(' ')[0]?.includes('d') === true
    const applied = resultOf(await tree.apply(), 'conf')
    if (able) expect(applied.result).toBe(true)
    else expect(applied.comment).toBe('Failed to change attributes to d')
  })
})
