/** Packages of PHP that Debian has, as composer takes them: a registry on this machine, where Packagist is not reached. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = '/usr/share/php'

interface Package {
  readonly name: string
  readonly path: string
  readonly namespace: string
}

/** The configuration of composer that names them, and no other registry; null where Debian's Symfony is not installed. */
export function composerOfDebian(others: readonly object[] = []): string | null {
  const framework = 'symfony/framework-bundle'
  const packages = [...symfony(), ...psr()]
  if (others.length === 0 && !packages.some(one => one.name === framework)) return null
  const rest = packages.filter(one => one.name !== framework).map(one => [one.name, '*'])
  const repositories = packages.map(({ name, path, namespace }) => ({
    type: 'package',
    package: {
      name,
      version: '5.4.0',
      dist: { type: 'path', url: path },
      // What is in a release leads out of it nowhere.
      'transport-options': { symlink: false },
      autoload: { 'psr-4': { [namespace]: '' }, files: functionsIn(path) },
      ...(name === framework ? { require: Object.fromEntries(rest) } : {}),
    },
  }))
  return JSON.stringify({ repositories: [...repositories, ...others, { 'packagist.org': false }] })
}

const namesIn = (path: string): string[] => (existsSync(path) ? readdirSync(path).sort() : [])

const symfony = (): Package[] =>
  ['Component', 'Bundle', 'Contracts'].flatMap(kind =>
    namesIn(join(folder, 'Symfony', kind)).map(name => ({
      name: `symfony/${dashed(name)}${kind === 'Contracts' ? '-contracts' : ''}`,
      path: join(folder, 'Symfony', kind, name),
      namespace: `Symfony\\${kind}\\${name}\\`,
    })),
  )

const psr = (): Package[] =>
  namesIn(join(folder, 'Psr')).map(name => ({
    name: `psr/${dashed(name)}`,
    path: join(folder, 'Psr', name),
    namespace: `Psr\\${name}\\`,
  }))

const dashed = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()

const functionsIn = (path: string): string[] =>
  ['Resources/functions/dump.php', 'Resources/functions.php', 'function.php'].filter(file =>
    existsSync(join(path, file)),
  )
