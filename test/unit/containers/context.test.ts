/** What an image is built from, where the tree is an account's: nothing of others, and nothing of root's lies where it writes. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Engine } from '../../../src/containers/engine.ts'
import { buildImage } from '../../../src/containers/image.ts'
import { localShell } from '../../../src/shell/local.ts'

describe.skipIf(process.getuid?.() !== 0)('an image of a folder of the tree', () => {
  let top: string
  const release = (...parts: string[]) => join(top, 'release', ...parts)
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'corpus-context-'))
    chmodSync(top, 0o755)
    mkdirSync(release('project', 'apps', 'web'), { recursive: true })
    writeFileSync(release('project', 'apps', 'web', 'Dockerfile'), 'FROM scratch\n')
    spawnSync('/usr/bin/chown', ['-R', 'nobody', release('project')])
  })
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  async function built(): Promise<{ names: string[]; folders: string[] }> {
    let names: string[] = []
    let folders: string[] = []
    const engine = {
      async build(context: AsyncIterable<Buffer>) {
        folders = [release(), release('project'), release('project', 'apps')].filter(folder =>
          readdirSync(folder).some(name => name.startsWith('.context-')),
        )
        const pieces: Buffer[] = []
        for await (const piece of context) pieces.push(piece)
        const listed = spawnSync('/usr/bin/tar', ['-t'], { input: Buffer.concat(pieces) })
        names = listed.stdout.toString().trim().split('\n')
      },
    } as unknown as Engine
    const tools = { shell: localShell, engine, say: () => {} }
    const asked = { name: { repository: 'a', tag: 'b' }, memoryBytes: null, cpus: null, network: 'bridge' }
    await buildImage(tools, release('project', 'apps', 'web'), asked as never)
    return { names, folders }
  }

  test('is packed beside the tree, not in a folder of the account', async () => {
    expect(await built()).toEqual({ names: ['./Dockerfile'], folders: [release()] })
  })

  test('is none where a link stands in its way: what it leads to is not packed, not even as whose it is', async () => {
    mkdirSync(join(top, 'theirs', 'web'), { recursive: true })
    writeFileSync(join(top, 'theirs', 'web', 'Dockerfile'), 'FROM canary\n')
    renameSync(release('project', 'apps'), release('project', 'aside'))
    symlinkSync(join(top, 'theirs'), release('project', 'apps'))
    await expect(built()).rejects.toThrow('a link is in the way')
    expect(readdirSync(join(top, 'theirs'))).toEqual(['web'])
  })
})
