/** pkg.*: packages of this machine. */

import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { compareVersions } from '../system/debian-version.ts'
import { candidateVersion, installedPackages } from '../system/packages.ts'

const others = 'Accepted and ignored.'

export const functions: FunctionTable = {
  version: defineFunction({
    does: 'The version of an installed package, or an empty text; a mapping for several.',
    acts: false,
    arguments: {},
    restArguments: 'The packages.',
    otherArguments: others,
    call: ({ args, tools }) => {
      const installed = installedPackages(tools.shell)
      const names = args.rest.map(textOf)
      const [only = ''] = names
      return names.length === 1
        ? (installed.get(only) ?? '')
        : Dict.of(names.map(name => [name, installed.get(name) ?? ''] as const))
    },
  }),
  list_pkgs: defineFunction({
    does: 'All installed packages and their versions.',
    acts: false,
    arguments: {},
    restArguments: 'Accepted and ignored.',
    otherArguments: others,
    call: ({ tools }) => Dict.of([...installedPackages(tools.shell)]),
  }),
  latest_version: defineFunction({
    does: 'The version that a package could be brought to, or an empty text.',
    acts: false,
    arguments: {},
    restArguments: 'The packages.',
    otherArguments: others,
    call: ({ args, tools }) => {
      const installed = installedPackages(tools.shell)
      const newer = (name: string) => {
        const candidate = candidateVersion(tools.shell, name)
        return candidate !== '' && candidate !== installed.get(name) ? candidate : ''
      }
      const names = args.rest.map(textOf)
      return names.length === 1 ? newer(names[0] ?? '') : Dict.of(names.map(name => [name, newer(name)] as const))
    },
  }),
  upgrade_available: defineFunction({
    does: 'Whether a package could be brought to a newer version.',
    acts: false,
    arguments: { name: { does: 'The package.', type: 'text', required: true } },
    otherArguments: others,
    call: ({ args, tools }) => {
      const candidate = candidateVersion(tools.shell, args.text('name'))
      const now = installedPackages(tools.shell).get(args.text('name'))
      return candidate !== '' && now !== undefined && compareVersions(now, candidate) < 0
    },
  }),
  version_cmp: defineFunction({
    does: 'Compares two versions: -1, 0 or 1.',
    acts: false,
    arguments: {
      pkg1: { does: 'The one.', type: 'text', required: true },
      pkg2: { does: 'The other.', type: 'text', required: true },
      ignore_epoch: { does: 'Leaves epochs out.', type: 'boolean', default: false },
    },
    otherArguments: others,
    call: ({ args }) => {
      const bare = (text: string) => (args.flag('ignore_epoch') ? text.replace(/^\d+:/, '') : text)
      return Math.sign(compareVersions(bare(args.text('pkg1')), bare(args.text('pkg2'))))
    },
    examples: [{ template: "{{ salt['pkg.version_cmp']('1.10-1', '1.9-2') }}", gives: '1' }],
  }),
}
