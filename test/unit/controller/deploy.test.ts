import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rollBack } from '../../../src/controller/deploy.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { newRelease } from '../../../src/kernel/release.ts'
import { localShell } from '../../../src/shell/local.ts'

const home = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-deploy-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('a beginning that several kept releases have is told as that, and not as a release that is gone', async () => {
  const layout = projectLayout(root, projectName('demo'))
  mkdirSync(layout.projectGit, { recursive: true })
  const release = newRelease()
  for (const one of [release, newRelease()]) mkdirSync(layout.tree(one), { recursive: true })
  const asked = rollBack({ root, shell: localShell, home }, 'demo', 'ann', release.slice(0, 8))
  await expect(asked).rejects.toMatchObject({
    code: 'RELEASE_UNKNOWN',
    message: `"${release.slice(0, 8)}" is the beginning of several releases of demo.`,
    detail: '',
  })
})
