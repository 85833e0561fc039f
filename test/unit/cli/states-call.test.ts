import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { localShell } from '../../../src/shell/local.ts'
import { lookedUp } from '../../../src/shell/programs.ts'
import { textOf } from '../../../src/shell/shell.ts'
import { type StateTree, stateTree } from '../../support/state-tree.ts'

let tree: StateTree
afterEach(() => tree.remove())

async function call(...words: string[]) {
  const program = join(import.meta.dirname, '../../support/states-call.mjs')
  const options = [
    '--work',
    tree.root,
    '--file-root',
    join(tree.root, 'salt'),
    '--pillar-root',
    join(tree.root, 'pillar'),
  ]
  const ended = await localShell.run({
    argv: [lookedUp(process.execPath), program, ...options, ...words],
    timeoutSeconds: 60,
  })
  return { status: ended.status, local: JSON.parse(textOf(ended.stdout)).local }
}

describe('corpus states call', () => {
  it('prints what Salt prints, and ends with its status', async () => {
    tree = stateTree({
      'main.sls': 'fine: test.nop\nbad: test.fail_without_changes\n',
      'empty.sls': '',
      'wrong.sls': 'x: [a]\n',
      'pillar/top.sls': "base: {'*': [p]}\n",
      'pillar/p.sls': 'word: from-root\n',
    })
    const ran = await call('state.sls', 'main')
    expect(ran.status).toBe(2)
    expect(Object.keys(ran.local)).toEqual(['test_|-fine_|-fine_|-nop', 'test_|-bad_|-bad_|-fail_without_changes'])
    expect(ran.local['test_|-fine_|-fine_|-nop']).toMatchObject({
      __id__: 'fine',
      __sls__: 'main',
      __run_num__: 0,
      result: true,
    })
    expect(await call('state.sls', 'empty')).toEqual({ status: 2, local: {} })
    expect(await call('state.sls', 'wrong')).toEqual({ status: 1, local: ['ID x in SLS wrong is not a dictionary'] })
    expect(await call('pillar.get', 'word')).toEqual({ status: 0, local: 'from-root' })
    expect(await call('--pillar', '{"word": "given"}', 'pillar.get', 'word')).toEqual({ status: 0, local: 'given' })
    expect((await call('cmd.run', 'exit 4')).status).toBe(4)
  })

  it('refuses a single state that is not there, or lacks what it needs', async () => {
    tree = stateTree({})
    expect(await call('state.single', 'nosuch.thing', 'name=a')).toEqual({
      status: 1,
      local: ["Specified state 'nosuch.thing' was not found"],
    })
    expect(await call('state.single', 'file.symlink', 'name=/a')).toEqual({
      status: 1,
      local: ['Missing parameter target for state file.symlink'],
    })
    expect((await call('test.arg', 'result=false')).status).toBe(0)
  })

  it('says that there is nothing to do where no top file means this machine', async () => {
    tree = stateTree({ 'main.sls': 'a: test.nop\n' })
    const { status, local } = await call('state.highstate')
    expect(status).toBe(2)
    expect(Object.keys(local)).toEqual(['no_|-states_|-states_|-None'])
  })
})
