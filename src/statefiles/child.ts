/** The process that runs state files of a developer's tree: it loads what it needs, becomes the developer, and only then reads them. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { developerHome } from '../project/developer.ts'
import { applyStates, renderStates, type StatesInput, showStates } from '../salt/apply.ts'
import { defineFunction, type FunctionDefinition } from '../salt/definition/define.ts'
import { executionError } from '../salt/definition/exceptions.ts'
import { Dict } from '../salt/python/dict.ts'
import { isRoot } from '../shell/account.ts'
import { localShell } from '../shell/local.ts'
import type { Account } from '../shell/shell.ts'
import type { Asked, Told } from './as-developer.ts'
import { projectFunctions } from './functions.ts'
import { runSalt } from './installed-salt.ts'
import { pack, unpack } from './wire.ts'

/** Status 0 where there is an answer, whatever it says. */
export async function statesChild(dist: string): Promise<number> {
  const asked = unpack(JSON.parse(readFileSync(0, 'utf8'))) as Asked
  // Afterwards the files of the package may be out of reach.
  const load = createRequire(join(dist, 'main.cjs'))
  for (const name of readdirSync(join(dist, 'chunks'))) if (name.endsWith('.cjs')) load(join(dist, 'chunks', name))
  become(asked.account)
  const stopping = new AbortController()
  process.on('SIGTERM', () => stopping.abort())
  try {
    const cfg = asked.input.cfg ?? new Dict()
    tell({ tell: 'answer', answer: await answerOf(asked, cfg, stopping.signal), cfg })
    return 0
  } catch (error) {
    tell({ tell: 'failed', message: (error as Error).message })
    return 1
  }
}

/** For good: the groups first, the user last. Throws where it is not all of it. */
function become({ name, uid, gid, home }: Account): void {
  if (isRoot()) {
    // The types of Node do not know it.
    ;(process as { initgroups?: (user: string, group: number) => void }).initgroups?.(name, gid)
    process.setgid?.(gid)
    process.setuid?.(uid)
  }
  if (uid === 0 || process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getgid?.() !== gid)
    throw new Error(`could not become ${name}`)
  process.umask(0o022)
  process.chdir('/')
  process.env['HOME'] = home
}

async function answerOf(asked: Asked, cfg: Dict, signal: AbortSignal): Promise<unknown> {
  const layout = projectLayout(asked.root, projectName(asked.name))
  const home = developerHome(layout)
  const own = { ...layout, build: join(home, 'build'), accountHome: home }
  const { account, mode, installers, rehearsal } = asked
  const functions = projectFunctions({
    layout: own as typeof layout,
    cfg,
    account,
    mode,
    installers,
    rehearsal,
    environment: { sealed: undefined, variables: asked.environment },
    emit: event => {
      if (event.type === 'note') tell({ tell: 'note', text: event.text })
    },
  })
  const work = mkdtempSync(join(tmpdir(), 'states-'))
  const input: StatesInput = {
    ...asked.input,
    cfg,
    shell: localShell,
    functions: { ...functions, ...refused(asked.name, functions) },
    work,
    signal,
    onStep: event => tell({ tell: 'event', event }),
  }
  try {
    switch (asked.work) {
      case 'apply':
        return await applyStates(input)
      case 'render':
        return await renderStates(input as StatesInput & { readonly sls: readonly string[] })
      case 'show':
        return await showStates(input)
      case 'salt': {
        const output = (text: string) => tell({ tell: 'output', text })
        return await runSalt({ shell: localShell, input, sls: input.sls as readonly string[], work, signal, output })
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** What reads or writes root's own records. */
function refused(
  name: string,
  functions: Readonly<Record<string, FunctionDefinition>>,
): Record<string, FunctionDefinition> {
  const needing = ['mc_utils.generate_stored_password', 'mc_project.set_configuration']
  return Object.fromEntries(
    needing.flatMap(key => {
      const definition = functions[key]
      if (definition === undefined) return []
      const call = () => {
        throw executionError(
          `${key} needs root's rights, and state files of an editable tree have the developer's: corpus config set ${name} states_as=root`,
        )
      }
      return [[key, defineFunction({ ...definition, call })]]
    }),
  )
}

/** Whole, at once: what is printed by others may come between two lines, never into one. */
function tell(told: Told): void {
  const bytes = Buffer.from(`\n${JSON.stringify(pack(told))}\n`)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}
