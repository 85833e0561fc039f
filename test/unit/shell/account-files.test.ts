/** Two that change the accounts at once: the second waits for its turn. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changeAccounts } from '../../../src/shell/account-files.ts'
import { localShell } from '../../../src/shell/local.ts'
import { textOf } from '../../../src/shell/shell.ts'

let folder = ''
/** Says what groupadd says while another has the lock, which is a file here. */
const asGroupadd = `#!/bin/sh
cd "$(dirname "$0")"
echo tried >> tries
[ ! -e lock ] && echo "made $2" && exit 0
[ "$1" = --wrong ] && { echo "groupadd: no such option" >&2; exit 2; }
echo "groupadd: cannot lock /etc/group; try again later." >&2
exit 10
`
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-accounts-'))
  writeFileSync(join(folder, 'groupadd'), asGroupadd)
  chmodSync(join(folder, 'groupadd'), 0o755)
  writeFileSync(join(folder, 'lock'), '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a program that cannot have the lock is tried until it can', async () => {
  const other = spawn(
    '/bin/sh',
    ['-c', 'until [ "$(cat tries 2>/dev/null | wc -l)" -ge 2 ]; do sleep 0.02; done; rm lock'],
    {
      cwd: folder,
    },
  )
  const ended = await changeAccounts(localShell, [join(folder, 'groupadd'), '--', 'shop-grp'])
  other.kill()
  expect([ended.status, textOf(ended.stdout)]).toEqual([0, 'made shop-grp\n'])
})

test('any other failure is told at once', async () => {
  const ended = await changeAccounts(localShell, [join(folder, 'groupadd'), '--wrong', 'shop-grp'])
  expect([ended.status, textOf(ended.stderr)]).toEqual([2, 'groupadd: no such option\n'])
})
