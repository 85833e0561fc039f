import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const script = join(import.meta.dirname, '../../../scripts/wall.mjs')
const { faultsOf } = (await import(script)) as { faultsOf: (name: string, text: string) => string[] }

test('the house as it stands holds the wall', () => {
  const ended = spawnSync(process.execPath, [script])
  expect(ended.stderr.toString()).toBe('')
  expect(ended.stdout.toString()).toMatch(/^wall: \d+ files, 0 faults$/m)
  expect(ended.status).toBe(0)
})

test.each([
  ['procedures/x.ts', 'chownSync(path, uid, gid)'],
  ['procedures/x.ts', '  lchownSync(\n    join(tree, name),\n    uid,\n  )'],
  ['controller/x.ts', 'await fs.chown(path, 1, 1)'],
  ['procedures/x.ts', 'copyFileSync(from, to)'],
  ['procedures/x.ts', 'cpSync(from, to)'],
  ['controller/x.ts', 'renameSync(join(layout.data, name), to)'],
  ['procedures/x.ts', 'rmSync(join(tree, name), { recursive: true })'],
  ['procedures/x.ts', 'rmSync(\n  path,\n  { recursive: true, force: true },\n)'],
  ['salt/states/file/x.ts', "import { writeFileSync } from 'node:fs'"],
  ['procedures/x.ts', 'writeFileSync(join(layout.data, name), text)'],
  ['procedures/x.ts', 'readFileSync(join(layout.tree(release), name))'],
  ['procedures/x.ts', "openSync(join(layout.accountHome, '.npmrc'), 'r')"],
  ['git/x.ts', "shell.run({ argv: [program('git'), '-c', 'safe.directory=*', 'status'] })"],
  ['procedures/x.ts', "shell.run({ argv: [lookedUp('git'), 'status'] })"],
  ['shell/x.ts', "spawn('git', ['status'])"],
  ['shell/x.ts', 'spawnSync("flock", words)'],
  ['worker/x.ts', "import { spawn } from 'node:child_process'"],
  ['hooks/x.pl', "    system('git', 'status');"],
  ['hooks/x.pl', "    exec 'git', 'cat-file';"],
  ['hooks/x.pl', "    open(my $in, '-|', 'git', 'status');"],
])('in %s it would not let by: %s', (name, text) => {
  expect(faultsOf(name, text)).toHaveLength(1)
  expect(faultsOf(name, text)[0]).toMatch(new RegExp(`^${name.replaceAll('.', '\\.')}:1: `))
})

test.each([
  ['kernel/beneath.ts', 'renameSync(`/proc/self/fd/${folder.fd}/${name}`, to)'],
  ['procedures/x.ts', '/** No chownSync(path) here. */'],
  ['procedures/x.ts', 'rmSync(file, { force: true })'],
  ['procedures/x.ts', 'fchownSync(opened, uid, gid)'],
  ['procedures/x.ts', "shell.run({ argv: [program('git'), 'status'] })"],
  ['hooks/x.pl', "    exec { program('git') } 'git', 'cat-file';"],
  ['hooks/x.pl', '    open my $in, \'<\', "$folder/x";'],
])('in %s it lets by: %s', (name, text) => {
  expect(faultsOf(name, text)).toEqual([])
})
