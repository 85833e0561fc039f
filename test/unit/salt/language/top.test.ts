/** Where a top file is looked for. */
import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderPillar } from '../../../../src/salt/context/pillar.ts'
import { fileRoots } from '../../../../src/salt/context/roots.ts'
import { findTop } from '../../../../src/salt/language/top.ts'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { localShell } from '../../../../src/shell/local.ts'

test.skipIf(process.getuid?.() !== 0)('a top file behind which an account may write is refused in words', async () => {
  const top = mkdtempSync(join(tmpdir(), 'corpus-top-'))
  try {
    for (const name of ['roots', 'theirs']) mkdirSync(join(top, name))
    writeFileSync(join(top, 'theirs', 'top.sls'), "base:\n  '*': [x]\n")
    chownSync(join(top, 'theirs'), 4711, 4711)
    symlinkSync(join(top, 'theirs', 'top.sls'), join(top, 'roots', 'top.sls'))
    const roots = [join(top, 'roots')]
    const words = expect.stringContaining('root takes nothing from there')
    expect(findTop(fileRoots(roots))).toEqual({ fault: expect.objectContaining({ message: words }) })
    const rendered = await renderPillar({
      shell: localShell, fileRoots: roots, pillarRoots: roots, pillar: new Dict(), test: false,
    }) // biome-ignore format: one input
    expect(rendered.faults).toEqual([expect.objectContaining({ message: words })])
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
})
