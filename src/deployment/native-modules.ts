/** Modules in machine code fit one kind of machine, and mostly one Node: what they were built for goes with the release. */

import type { Manifest, NativeModules } from '../artifacts/manifest.ts'
import { type Program, program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import { type Deployment, note, workedOn } from './deployment.ts'
import { applicationNode } from './node-version.ts'

/** Undefined where the tree has no such modules. */
export async function nativeModulesOf(deployment: Deployment): Promise<NativeModules | undefined> {
  const inModules = ['-path', '*/node_modules/*', '-name', '*.node', '-type', 'f'] as const
  const { account, shell } = deployment
  const argv: [Program, ...string[]] = [program('find'), workedOn(deployment), ...inModules, '-print', '-quit']
  const found = await shell.run({ argv, ...(account ? { user: account } : {}) })
  return textOf(found.stdout) === '' ? undefined : builtFor(deployment)
}

/** A module by Node-API runs on other Nodes too, and nobody can tell from outside: it is said, and fails nothing. */
export function tellOfOtherNode(deployment: Deployment, { native }: Manifest): void {
  if (typeof native !== 'object' || native === null) return
  const here = builtFor(deployment)
  const machine = ({ platform, arch }: NativeModules) => `${platform} on ${arch}`
  const differs =
    machine(native) !== machine(here)
      ? `${machine(native)}, and this is ${machine(here)}`
      : major(native) !== major(here)
        ? `Node ${native.node}, and here the application runs on ${here.node ?? 'none'}`
        : null
  if (differs === null) return
  const wayOut = 'build it in cooking as it runs here, or set build_in_final'
  note(deployment, `native modules of the release were built for ${differs}: ${wayOut}`, 'warning')
}

const builtFor = (deployment: Deployment): NativeModules => ({
  node: applicationNode(deployment, deployment.shell),
  platform: process.platform,
  arch: process.arch,
})

const major = ({ node }: NativeModules): string | undefined => node?.split('.')[0]
