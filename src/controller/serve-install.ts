/**
 * `corpus serve` as a part of the machine: its account, the keys of users where sshd reads them, and the service that keeps it up.
 *
 * sshd reads an authorized_keys of root's in the home of the account, which is root's too: that needs no change of sshd's own settings
 * and no reload, no program that sshd would have to ask for everybody who comes, and the account cannot change what its keys may do.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import { shown } from '../kernel/names.ts'
import { type BootProgram, type BootTools, notAtBoot, startAtBoot } from '../services/boot-unit.ts'
import { circumstances, supervisorChoice } from '../services/choose.ts'
import { putCronLines } from '../services/crontab.ts'
import { quoted } from '../services/environment.ts'
import { clockOf } from '../services/jobs.ts'
import { servicesPlace } from '../services/place.ts'
import { keepDown, keepUp } from '../services/runit/keeper.ts'
import { findAccount, isRoot } from '../shell/account.ts'
import { changeAccounts } from '../shell/account-files.ts'
import { hasProgram, type Program, program } from '../shell/programs.ts'
import { type Account, complaintOf, textOf } from '../shell/shell.ts'
import { ensureRoot } from './init.ts'
import { launcherOf } from './installed.ts'
import { keysFileOfUsers, writeKeysOfUsers } from './keys-for-sshd.ts'
import { withStore } from './people.ts'
import type { Asked } from './request.ts'
import { listenersGroup, serverAccountName, serverAccounts } from './server-account.ts'

export interface ServeChoice {
  readonly listen?: string | undefined
  readonly domain?: readonly string[] | undefined
}

/** Sentences of what is now so; done twice it is the same. Throws SERVE_REFUSED, SUPERVISOR_…, CAPABILITY_MISSING. */
export async function installServe(asked: Asked, choice: ServeChoice): Promise<string[]> {
  ensureRoot(asked.root)
  const did: string[] = []
  if (isRoot()) {
    const { ssh } = await serverAccounts(asked.shell, asked.home)
    await stopService(asked)
    await letIn(asked, ssh)
    did.push(`the account ${serverAccountName} lets in who has a key of a user, and owns nothing`)
  }
  await withStore(asked, store => writeKeysOfUsers(asked, store))
  did.push(`sshd reads the keys of users in ${keysFileOfUsers(asked.root)}: corpus keys add USER FILE`)
  did.push(...(await notesOfSshd(asked)))
  did.push(await startService(asked, choice))
  // It may have a password in it, and stands in no unit and no list of processes.
  if ((process.env['CORPUS_STORE'] ?? '') !== '' && !/^CORPUS_STORE=/m.test(textIfThere(environmentFile(asked)) ?? ''))
    did.push(`CORPUS_STORE counts for the service once ${environmentFile(asked)} declares it`)
  const { putServeSite } = await import('./serve-site.ts')
  did.push(...(await putServeSite(asked, choice.domain ?? [], choice.listen ?? '127.0.0.1:2718')))
  return did
}

const environmentFile = ({ root }: Asked): string => join(rootLayout(root).corpus, 'environment')

/** The store with its users stays, and so do their keys in it. */
export async function uninstallServe(asked: Asked): Promise<string[]> {
  const { removeServeSite } = await import('./serve-site.ts')
  const did = [...(await removeServeSite(asked)), await stopService(asked)]
  if (!isRoot()) return did
  const { sshHome } = rootLayout(asked.root)
  const account = findAccount(serverAccountName)
  const isOurs = account !== null && (account.home === sshHome || account.home === nowhere)
  if (existsSync(sshHome)) {
    rmSync(sshHome, { recursive: true, force: true })
    did.push(`${sshHome} was removed: nobody gets in by a key of a user`)
  }
  if (!isOurs) return did
  const removed = await changeAccounts(asked.shell, ['userdel', '--', serverAccountName])
  if (removed.status === 0) await changeAccounts(asked.shell, ['groupdel', '--', listenersGroup])
  did.push(
    removed.status === 0
      ? `the account ${serverAccountName} was removed`
      : `the account ${serverAccountName} is still there: ${complaintOf(removed)}`,
  )
  return did
}

const nowhere = '/nonexistent'

/** A home that is root's, a shell for the forced command alone, and a password that nothing is equal to. */
async function letIn(asked: Asked, account: Account): Promise<void> {
  const { sshHome } = rootLayout(asked.root)
  mkdirSync(join(sshHome, '.ssh'), { recursive: true, mode: 0o755 })
  if (account.home !== sshHome) {
    const other = account.home === nowhere ? undefined : account.home
    if (other !== undefined && existsSync(other) && !isForsaken(other))
      throw new CorpusError('SERVE_REFUSED', `The account ${serverAccountName} is in use already.`, {
        detail: `Its home is ${other}: \`corpus serve --uninstall\` with that root gives it free.`,
      })
    await mustChange(asked, ['usermod', '--home', sshHome, '--', serverAccountName])
  }
  await mustChange(asked, ['usermod', '--shell', '/bin/sh', '--password', '*', '--', serverAccountName])
}

const patienceMilliseconds = 5000

/** What is no home of this kind (any more) is nobody's to keep. */
const isForsaken = (home: string): boolean => !existsSync(join(home, '.ssh', 'authorized_keys'))

async function mustChange(asked: Asked, words: readonly [string, ...string[]]): Promise<void> {
  const end = Date.now() + patienceMilliseconds
  let ended = await changeAccounts(asked.shell, words)
  // What listened a moment ago is on its way out.
  while (ended.status !== 0 && /currently used by process/.test(complaintOf(ended)) && Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 100))
    ended = await changeAccounts(asked.shell, words)
  }
  if (ended.status !== 0)
    throw new CorpusError('SERVE_REFUSED', `The account ${serverAccountName} cannot be changed.`, {
      detail: complaintOf(ended),
    })
}

/** What keeps sshd from letting them in, as it says itself. */
async function notesOfSshd({ shell, root }: Asked): Promise<string[]> {
  if (!hasProgram('sshd')) return ['there is no sshd here: apt-get install openssh-server']
  if (!isRoot()) return []
  const whom = `user=${serverAccountName},host=localhost,addr=127.0.0.1`
  const ended = await shell.run({ argv: [program('sshd'), '-T', '-C', whom], timeoutSeconds: 20 })
  if (ended.status !== 0) return [`sshd does not say how it is set up: ${complaintOf(ended)}`]
  const settings = textOf(ended.stdout).split('\n')
  const valuesOf = (name: string) =>
    settings.filter(one => one.startsWith(`${name} `)).map(one => one.slice(name.length + 1))
  const file = keysFileOfUsers(root)
  const places = valuesOf('authorizedkeysfile').join(' ').split(' ')
  const isRead = places.some(one => one === '.ssh/authorized_keys' || one === '%h/.ssh/authorized_keys' || one === file)
  const allowed = valuesOf('allowusers').join(' ').split(' ').filter(Boolean)
  return [
    ...(isRead ? [] : [`sshd looks for keys in ${places.join(' ')}: add ${file} to AuthorizedKeysFile`]),
    ...(allowed.length === 0 || allowed.includes(serverAccountName)
      ? []
      : [`sshd lets in only ${allowed.join(' ')}: add ${serverAccountName} to AllowUsers`]),
  ]
}

const serviceNames = { runit: 'serve' } as const

async function startService(asked: Asked, choice: ServeChoice): Promise<string> {
  const program = programOf(asked, choice)
  if (isBooted(asked)) {
    await startAtBoot(bootTools(asked, 'systemd'), program)
    return `corpus-${program.name}.service is enabled, and runs`
  }
  await keepUp(servicesPlace(asked.root), asked.shell, {
    name: serviceNames.runit,
    argv: program.argv,
    orphanSignal: 'TERM',
  })
  // The supervisor comes back with the machine where somebody starts it.
  const again = [...program.argv, '--install'].map(word => quoted(word).toString()).join(' ')
  if (!hasClock()) return 'the supervisor keeps it up; nothing here starts that with the machine (no cron)'
  const command = `${again} >> ${quoted(program.log)} 2>&1`
  await putCronLines(bootTools(asked, 'cron'), program.name, [{ when: '@reboot', command }])
  return 'the supervisor keeps it up, and cron starts that with the machine'
}

async function stopService(asked: Asked): Promise<string> {
  const { name } = programOf(asked, {})
  if (isBooted(asked)) await notAtBoot(bootTools(asked, 'systemd'), { name }).catch(() => {})
  else {
    await keepDown(servicesPlace(asked.root), serviceNames.runit)
    if (hasClock()) await putCronLines(bootTools(asked, 'cron'), name, [])
  }
  return 'nothing keeps corpus serve up any more'
}

const isBooted = ({ root }: Asked): boolean => supervisorChoice(circumstances(root)).name === 'systemd'
const bootTools = ({ shell }: Asked, clock: BootTools['clock']): BootTools => ({ shell, clock })

function hasClock(): boolean {
  try {
    return clockOf(false) === 'cron'
  } catch {
    return false
  }
}

/** A machine may have several roots. No project's name begins as this one does. */
function programOf(asked: Asked, { listen, domain = [] }: ServeChoice): BootProgram {
  const { root } = asked
  const mark = createHash('sha256').update(root).digest('hex').slice(0, 8)
  const argv: [Program, ...string[]] = [launcherOf(asked), 'serve', `--root=${root}`]
  if (listen !== undefined) argv.push('--listen', listen)
  for (const one of domain) {
    if (!/^[a-z0-9.-]{1,253}$/i.test(one)) throw new CorpusError('USAGE', `${shown(one)} is no host name.`)
    argv.push('--domain', one)
  }
  return { name: `_serve-${mark}`, does: `corpus serve below ${root}`, argv, log: rootLayout(root).serveLog }
}
