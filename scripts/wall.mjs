// Checks what types cannot: that root does nothing by path where an account writes, and starts no program by a bare name.
// Each rule names the files that may, with the reason; a reason that nothing needs any more is a fault, too.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src')

/** `may`: files, or folders with a slash at their end, below src. */
const rules = [
  {
    name: 'gives files away by path',
    pattern: /\bl?chown(?:Sync)?\(/,
    may: {
      'kernel/beneath.ts': 'by an opened folder',
      'git/owner.ts': 'the tree is being made below a folder of root alone',
      'project/wiring.ts': 'folders that stand in the folder of the project, which is root’s',
      'project/account.ts': 'the home stands in the folder of the project, which is root’s',
      'project/developer.ts': 'the home stands in the folder of the project, which is root’s',
      'deployment/older-salt.ts': 'a tree of before stands in the folder of its release, which is root’s',
      'deployment/release-tree.ts': 'the prepared tree stands in a folder that is root’s',
      'deployment/submodules.ts': 'a scratch folder of root’s own, before the account has it',
      'services/': 'a new file in a folder below <root>/corpus, which is root’s',
      'serve/git-sockets.ts': 'an empty folder of its own below /run, which is root’s',
      'serve/ssh-desk.ts': 'a socket in <root>/corpus, which is root’s',
      'ingress/': 'files below <root>/corpus, which is root’s',
      'salt/states/': 'by salt/system/files.ts, which opens step by step where an account could write',
      'salt/system/': 'by salt/system/files.ts, which opens step by step where an account could write',
    },
  },
  {
    name: 'copies files by path',
    pattern: /\b(?:copyFile|cp)(?:Sync)?\(/,
    not: /function copyFile\(|return copyFile\(url/,
    may: {
      'git/prepared-tree.ts':
        'an index of root’s own repository, and files that the linked trees share, which are root’s',
      'statefiles/as-developer.ts': 'the installers of the package, into a folder of root’s own',
      'deployment/release-salt.ts': 'state files of root’s own checkout, within projects/NAME/corpus',
      'salt/modules/': 'by salt/system/files.ts, which opens step by step where an account could write',
      'salt/states/': 'by salt/system/files.ts, which opens step by step where an account could write',
      'salt/system/': 'by salt/system/files.ts, which opens step by step where an account could write',
    },
  },
  {
    name: 'renames by path',
    pattern: /\brename(?:Sync)?\(/,
    may: {
      'kernel/files.ts': 'a file that it wrote beside the other; who calls it has the folder to answer for',
      'kernel/beneath.ts': 'relative to opened folders',
      'artifacts/': 'archives and what is unpacked: folders of root alone',
      'backups/data.ts': 'dumps lie in the archives, which are root’s',
      'cli/remote/environments.ts': 'a file in the home of whoever calls',
      'disk/remove.ts': 'into the trash, from a folder that is root’s',
      'git/prepared-tree.ts': 'the prepared tree stands in a folder that is root’s',
      'ingress/': 'files below <root>/corpus, or of nginx’s, which are root’s',
      'pipeline/': 'deployments/ is root’s',
      'deployment/own-folder.ts': 'within projects/NAME/corpus, which is root’s alone',
      'deployment/release-salt.ts': 'within projects/NAME/corpus, which is root’s alone',
      'deployment/set-aside.ts': 'folders of releases, which are root’s',
      'deployment/rotation.ts': 'a log in deployments/, which is root’s',
      'services/': 'files below <root>/corpus, which is root’s',
      'agent/log.ts': 'a log in <root>/corpus, which is root’s',
      'runner/': 'deployments/ is root’s',
      'salt/states/': 'by salt/system/files.ts, which opens step by step where an account could write',
      'salt/system/': 'by salt/system/files.ts, which opens step by step where an account could write',
      'store/aside.ts': 'a database in <root>/corpus, which is root’s; store/sqlite.ts looked at it',
    },
  },
  {
    name: 'removes folders by path',
    pattern: /\brm(?:Sync)?\([^;]*?\brecursive\b/,
    may: {
      'artifacts/': 'what is fetched, packed and unpacked: folders of root alone',
      'backups/': 'folders of dumps, which are root’s',
      'containers/image.ts': 'a folder of its own, of root alone',
      'controller/destroy.ts': 'logs below <root>/corpus, which is root’s',
      'controller/pillar.ts': 'a scratch folder of its own',
      'controller/plan.ts': 'a scratch folder of its own',
      'controller/serve-install.ts': 'the home of the account `corpus`, which is root’s',
      'git/bare.ts': 'within root’s own repository',
      'git/prepared-tree.ts': 'a prepared tree that was not handed over, and folders of root’s repository',
      'git/tidy.ts': 'within root’s own repository',
      'hooks/check.ts': 'a scratch folder of its own',
      'ingress/': 'folders below <root>/corpus, which is root’s',
      'pipeline/next-folder.ts': 'deployments/ is root’s',
      'statefiles/as-developer.ts': 'a copy of the installers, of root’s own',
      'deployment/backup-schedule.ts': 'a folder below <root>/corpus, which is root’s',
      'deployment/own-folder.ts': 'within projects/NAME/corpus, which is root’s alone',
      'deployment/release-salt.ts': 'within projects/NAME/corpus, which is root’s alone',
      'deployment/set-aside.ts': 'a bundle, which is root’s',
      'statefiles/salt-copy.ts': 'a copy that nobody but root writes to',
      'statefiles/installed-salt.ts': 'a scratch folder in deployments/, which is root’s',
      'statefiles/apply.ts': 'a scratch folder in deployments/, which is root’s',
      'services/': 'folders below <root>/corpus, which is root’s',
      'shell/scope.ts': 'a scratch folder of its own',
      'runner/': 'deployments/ is root’s',
      'statefiles/child.ts': 'the developer’s own process removes its own',
      'salt/context/world.ts': 'the scratch folder of a run',
      'salt/modules/': 'by salt/system/files.ts, which opens step by step where an account could write',
      'salt/states/': 'by salt/system/files.ts, which opens step by step where an account could write',
      'salt/system/': 'by salt/system/files.ts, which opens step by step where an account could write',
    },
  },
  {
    name: 'touches files of the machine past salt/system/files.ts',
    pattern: /from 'node:fs(?:\/promises)?'/,
    only: /^salt\/(?!jinja|python|yaml)/,
    not: /import type/,
    may: {
      'salt/system/files.ts': 'the one entry point: it opens step by step where an account could write',
      'salt/system/way.ts': 'how it opens',
    },
  },
  {
    name: 'reads, writes or opens by path in a folder of the account',
    pattern:
      /\b(?:read|write|append|open|mkdir|truncate|symlink|link|unlink|chmod|utimes)\w*\((?:join\()?[^()]*\blayout\.(?:data|build|accountHome|editableTree|tree\()/,
    // Links, and what stands in their place, lie in folders of root's.
    not: /\bopenFolder\(|\blink(?:IfThere|Whole)\(/,
    may: {
      'project/developer.ts': 'the mode of the editable tree’s own folder, which stands in a folder of root’s',
      'deployment/release-tree.ts': 'a link that stands in a folder of root’s',
    },
  },
  {
    name: 'has git trust every folder',
    pattern: /safe\.directory=\*|safe\.directory['"],? .*VALUE_0: '\*'/,
    may: {},
  },
  {
    name: 'starts a program that it has no whole name of',
    pattern: /\blookedUp\(|\bspawn(?:Sync)?\(['"`](?!\/)|\bexec(?:File)?(?:Sync)?\(['"`](?!\/)/,
    not: /^export const lookedUp/,
    may: {
      'controller/findings.ts': 'found on a list of folders before: the name is whole',
      'deployment/node-version.ts': 'a program of the project’s, looked up behind the drop of rights',
      'statefiles/application-functions.ts': 'a program of the project’s, looked up behind the drop of rights',
      'salt/system/command.ts': 'the words of a state file, looked up behind the drop of rights',
      'salt/system/system-command.ts': 'where a state says as whom, or on which PATH',
    },
  },
  {
    name: 'starts processes past the one entry point',
    pattern: /from 'node:child_process'|import\('node:child_process'\)/,
    may: { 'shell/': 'the one entry point to processes' },
  },
  {
    name: 'starts a program by a bare name in Perl',
    kind: '.pl',
    pattern: /(?:\b(?:system|exec)\s*(?:\(|\{)?\s*|-\|'\s*,\s*|\bqx\W|= \()['"](?![/$])[a-z][\w-]*['"]/,
    may: {},
  },
]

const reached = new Set()

/** What is wrong in a file, a sentence each. `name`: below src. */
export function faultsOf(name, text) {
  return rules.flatMap((rule, index) => {
    if (!name.endsWith(rule.kind ?? '.ts') || (rule.only && !rule.only.test(name))) return []
    const all = text.split('\n')
    const lines = all.flatMap((line, at) => {
      const isCode = !/^\s*(?:\/\/|\*|\/\*|#)/.test(line) && !/^import\b.*from '\.\.?\//.test(line)
      // A call may go on on the next lines.
      const found = isCode ? rule.pattern.exec(all.slice(at, at + 4).join(' ')) : null
      return found && found.index < line.length && !rule.not?.test(line) ? [at + 1] : []
    })
    if (lines.length === 0) return []
    const key = Object.keys(rule.may).find(one => (one.endsWith('/') ? name.startsWith(one) : name === one))
    if (key !== undefined) reached.add(`${index} ${key}`)
    return key === undefined ? lines.map(line => `${name}:${line}: ${rule.name}`) : []
  })
}

/** Reasons that no file needs, once all were looked at. */
const unneeded = () =>
  rules.flatMap((rule, index) =>
    Object.keys(rule.may)
      .filter(key => !reached.has(`${index} ${key}`))
      .map(key => `scripts/wall.mjs: nothing in ${key} ${rule.name} any more`),
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = readdirSync(src, { recursive: true }).filter(name => /\.(?:ts|pl)$/.test(name))
  const faults = [...files.flatMap(name => faultsOf(name, readFileSync(join(src, name), 'utf8'))), ...unneeded()]
  for (const fault of faults) console.error(fault)
  console.log(`wall: ${files.length} files, ${faults.length} faults`)
  process.exit(faults.length ? 1 : 0)
}
