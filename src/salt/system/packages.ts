/** Debian packages: what is installed, and the commands that change it. */
import { program } from '../../shell/programs.ts'
import { type Shell, textOf as textOfBytes } from '../../shell/shell.ts'

/** Name to version of all installed packages; foreign architectures carry theirs. */
export function installedPackages(shell: Shell): Map<string, string> {
  const argv = [
    program('dpkg-query'),
    '-W',
    '-f',
    '${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Provides}\\n',
  ] as const
  const listed = shell.runSync({ argv, timeoutSeconds: 120 })
  const packages = new Map<string, string>()
  for (const line of textOfBytes(listed.stdout).split('\n')) {
    const [status = '', name = '', version = ''] = line.split('\t')
    if (status.startsWith('ii') || status.startsWith('hi')) packages.set(name, version)
  }
  return packages
}

/** The newest version that can be had, or '' where there is none newer than the installed one. */
export function candidateVersion(shell: Shell, name: string): string {
  const told = shell.runSync({ argv: [program('apt-cache'), 'policy', '--', name], timeoutSeconds: 120 })
  const text = textOfBytes(told.stdout)
  const candidate = /^\s+Candidate: (.*)$/m.exec(text)?.[1] ?? '(none)'
  return candidate === '(none)' ? '' : candidate
}

/** Never asks questions; keeps changed configuration files. */
export const aptEnvironment: Readonly<Record<string, string>> = {
  DEBIAN_FRONTEND: 'noninteractive',
  APT_LISTCHANGES_FRONTEND: 'none',
  APT_LISTBUGS_FRONTEND: 'none',
  UCF_FORCE_CONFFOLD: '1',
}

export function aptCommand(...words: readonly string[]): [string, ...string[]] {
  return [
    'apt-get',
    '-q',
    '-y',
    '-o',
    'DPkg::Options::=--force-confold',
    '-o',
    'DPkg::Options::=--force-confdef',
    ...words,
  ]
}

export function isPackageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?$/.test(name)
}
