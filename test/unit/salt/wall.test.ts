// What an account put into its folder leads root nowhere: each state and function that goes there by path, against links at the
// end, links on the way, further names of a file, and pipes. They need root, and a second account: nobody.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toPlain } from '../../../src/salt/definition/values.ts'
import { type StateTree, stateTree } from '../../support/state-tree.ts'

const nobody = 65534
const marker = 'canary-7f3a'
const isRoot = process.getuid?.() === 0

/** One state for each way to a file; `{{ at }}` is the place that the account prepared. */
const states: Readonly<Record<string, string>> = {
  'file.managed': '- contents: new\n    - makedirs: true',
  'file.managed, as the account': '- contents: new\n    - user: nobody',
  'file.managed with a mode': '- replace: false\n    - mode: "0777"\n    - user: nobody',
  'file.managed from a file of the account': '- source: {{ at }}',
  'file.directory': '- mode: "0777"\n    - user: nobody\n    - recurse: [user, mode]\n    - makedirs: true',
  'file.append': '- text: new\n    - makedirs: true',
  'file.prepend': '- text: new\n    - makedirs: true',
  'file.replace': '- pattern: canary\n    - repl: new\n    - backup: .bak',
  'file.comment': '- regex: ^canary',
  'file.uncomment': '- regex: canary',
  'file.line': '- mode: ensure\n    - content: new\n    - after: canary.*',
  'file.blockreplace':
    '- marker_start: "# a"\n    - marker_end: "# b"\n    - content: new\n    - append_if_not_found: true',
  'file.keyvalue': '- key: canary\n    - value: new\n    - separator: "-"\n    - append_if_not_found: true',
  'file.serialize': '- dataset: {a: 1}\n    - serializer: json\n    - merge_if_exists: true',
  'file.decode': '- encoded_data: bmV3',
  'file.touch': '- makedirs: true',
  'file.copy': '- source: {{ own }}/plain\n    - force: true\n    - makedirs: true',
  'file.recurse': '- source: salt://files\n    - clean: true',
  'file.patch': '- source: salt://a.patch',
  'archive.extracted': '- source: {{ own }}/a.tar\n    - enforce_toplevel: false',
  'git.present': '- bare: false',
  'webutil.user_exists': '- htpasswd_file: {{ at }}\n    - password: secret',
}

const found: { tree: StateTree; theirs: string; own: string; canary: string } = {
  tree: undefined as unknown as StateTree,
  theirs: '',
  own: '',
  canary: '',
}

describe.runIf(isRoot)('In a folder of an account', () => {
  beforeEach(() => {
    const tree = stateTree({
      'files/f': 'new\n',
      'a.patch': `--- a\n+++ b\n@@ -1 +1 @@\n-${marker}\n+new\n`,
    })
    const root = tree.root
    for (const [name, uid] of [
      ['own', 0],
      ['theirs', nobody],
      ['secret', 0],
    ] as const) {
      mkdirSync(join(root, name), { mode: 0o755 })
      chownSync(join(root, name), uid, uid === 0 ? 0 : nobody)
    }
    chmodSync(root, 0o755)
    Object.assign(found, {
      tree,
      theirs: join(root, 'theirs'),
      own: join(root, 'own'),
      canary: join(root, 'secret', 'f'),
    })
    writeFileSync(found.canary, `${marker}\n`, { mode: 0o600 })
    writeFileSync(join(found.own, 'plain'), 'new\n')
    mkdirSync(join(found.own, 'packed'))
    writeFileSync(join(found.own, 'packed', 'f'), 'new\n')
    spawnSync('tar', ['-C', join(found.own, 'packed'), '-cf', join(found.own, 'a.tar'), 'f'])
  })
  afterEach(() => found.tree.remove())

  const theirsLink = (to: string, name: string) => {
    symlinkSync(to, join(found.theirs, name))
    lchownSync(join(found.theirs, name), nobody, nobody)
  }
  /** How the account prepares a place, and the path that root is told. */
  const traps: Readonly<Record<string, () => string>> = {
    'a link to a file of root': () => {
      theirsLink(found.canary, 'a')
      return join(found.theirs, 'a')
    },
    'a link to a folder of root': () => {
      theirsLink(join(found.canary, '..'), 'a')
      return join(found.theirs, 'a')
    },
    'a link on the way': () => {
      theirsLink(join(found.canary, '..'), 'a')
      return join(found.theirs, 'a', 'f')
    },
    'a link on the way, to what is not there yet': () => {
      theirsLink(join(found.canary, '..'), 'a')
      return join(found.theirs, 'a', 'sub', 'new')
    },
    'a further name of a file of root': () => {
      linkSync(found.canary, join(found.theirs, 'a'))
      return join(found.theirs, 'a')
    },
    'a dangling link': () => {
      theirsLink(join(found.canary, '..', 'new'), 'a')
      return join(found.theirs, 'a')
    },
  }

  for (const [state, words] of Object.entries(states))
    for (const [trap, prepare] of Object.entries(traps))
      test(`${state} is not led away by ${trap}`, async () => {
        const at = prepare()
        const before = snapshot()
        const fun = state.split(/[ ,]/)[0]
        const isSource = words.includes('- source: {{ at }}')
        const name = isSource ? join(found.theirs, 'copy') : at
        const target = state === 'webutil.user_exists' ? 'somebody' : name
        const sls = `it:\n  ${fun}:\n    - name: ${target}\n    ${words.replaceAll('{{ at }}', at).replaceAll('{{ own }}', found.own)}\n`
        writeFileSync(join(found.tree.root, 'salt', 'main.sls'), sls)
        const applied = await found.tree.apply()
        const told = JSON.stringify(
          [...applied.results.values()].map(one => [String(one.comment), toPlain(one.changes)]),
        )
        expect(told).not.toContain(marker)
        expect(snapshot()).toEqual(before)
        for (const file of filesOf(found.theirs)) expect(readFileSync(file, 'utf8'), file).not.toContain(marker)
      })

  for (const state of ['file.managed', 'file.append', 'file.replace', 'file.copy'])
    test(`${state} does not wait for whoever writes into a pipe`, async () => {
      const at = join(found.theirs, 'pipe')
      spawnSync('mkfifo', [at])
      chownSync(at, nobody, nobody)
      const words = states[state]?.replaceAll('{{ own }}', found.own)
      writeFileSync(join(found.tree.root, 'salt', 'main.sls'), `it:\n  ${state}:\n    - name: ${at}\n    ${words}\n`)
      const applied = await found.tree.apply()
      expect([...applied.results.values()][0]?.result).toBe(state === 'file.copy')
    })

  test('what is cleaned, tidied or removed goes without what links in it lead to', async () => {
    mkdirSync(join(found.theirs, 'd', 'e'), { recursive: true })
    for (const folder of ['d', 'd/e']) chownSync(join(found.theirs, folder), nobody, nobody)
    theirsLink(join(found.canary, '..'), 'd/e/away')
    theirsLink(found.canary, 'd/file')
    const before = snapshot()
    for (const [fun, words] of [
      ['file.tidied', '- rmdirs: true'],
      ['file.directory', '- clean: true'],
      ['file.absent', ''],
    ] as const) {
      writeFileSync(
        join(found.tree.root, 'salt', 'main.sls'),
        `it:\n  ${fun}:\n    - name: ${found.theirs}/d\n    ${words}\n`,
      )
      expect([...(await found.tree.apply()).results.values()][0]?.result).toBe(true)
      expect(snapshot()).toEqual(before)
    }
    expect(existsSync(join(found.theirs, 'd'))).toBe(false)
  })

  test('a link of the account to what is its own, and a link of root in a folder of root, are followed as ever', async () => {
    mkdirSync(join(found.theirs, 'v1'))
    chownSync(join(found.theirs, 'v1'), nobody, nobody)
    theirsLink('v1', 'current')
    symlinkSync(found.theirs, join(found.own, 'data'))
    const sls = `one:\n  file.managed:\n    - name: ${found.own}/data/current/f\n    - contents: hello\n    - user: nobody\n`
    writeFileSync(join(found.tree.root, 'salt', 'main.sls'), sls)
    expect([...(await found.tree.apply()).results.values()][0]?.result).toBe(true)
    expect(readFileSync(join(found.theirs, 'v1', 'f'), 'utf8')).toBe('hello\n')
    expect(lstatSync(join(found.theirs, 'v1', 'f')).uid).toBe(nobody)
  })

  test('the refusal names the link and whose it is', async () => {
    theirsLink(found.canary, 'a')
    writeFileSync(
      join(found.tree.root, 'salt', 'main.sls'),
      `it:\n  file.managed:\n    - name: ${found.theirs}/a\n    - contents: x\n`,
    )
    const [result] = [...(await found.tree.apply()).results.values()]
    expect(result?.result).toBe(false)
    expect(String(result?.comment)).toContain(`${found.theirs}/a leads to ${found.canary}, which is not nobody's`)
  })

  for (const call of [
    'file.read(AT)',
    "file.grep(AT, 'canary')",
    "file.contains(AT, 'canary')",
    'file.get_hash(AT)',
    "file.search(AT, 'canary')",
    'hashutil.digest_file(AT)',
    'cp.get_file_str(AT)',
    "slsutil.renderer(AT, default_renderer='text')",
    'file.copy(AT, TO)',
    'cp.get_file(AT, TO)',
    'file.link(AT, TO)',
  ])
    test(`salt['${call}'] does not read what a link of the account leads to`, async () => {
      theirsLink(found.canary, 'a')
      const text = call
        .replace(/^([\w.]+)\(/, "salt['$1'](")
        .replaceAll('AT', `'${found.theirs}/a'`)
        .replaceAll('TO', `'${found.theirs}/b'`)
      writeFileSync(
        join(found.tree.root, 'salt', 'main.sls'),
        `it:\n  test.succeed_without_changes:\n    - name: "{{ ${text} }}"\n`,
      )
      const before = snapshot()
      const applied = await found.tree.apply()
      const told = JSON.stringify([[...applied.results.keys()], applied.faults.map(one => [one.message, one.excerpt])])
      expect(told).not.toContain(marker)
      expect(told).not.toContain(digest())
      expect(snapshot()).toEqual(before)
      for (const file of filesOf(found.theirs)) expect(readFileSync(file, 'utf8'), file).not.toContain(marker)
    })
})

/** What of root's an account must not change: content, owner, mode and number of names. */
function snapshot() {
  const folder = join(found.canary, '..')
  return [folder, ...readdirSync(folder).map(name => join(folder, name))].map(path => {
    const { uid, gid, mode, nlink } = lstatSync(path)
    return { path, uid, gid, mode, nlink, text: lstatSync(path).isFile() ? readFileSync(path, 'utf8') : '' }
  })
}

/** Without those that are other names of files elsewhere; links are not gone through. */
function filesOf(folder: string): string[] {
  const found = spawnSync('find', [folder, '-type', 'f', '-links', '1']).stdout.toString()
  return found.split('\n').filter(line => line !== '')
}

const digest = (): string => spawnSync('sha256sum', [found.canary]).stdout.toString().slice(0, 64)
