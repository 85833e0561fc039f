/**
 * Whose answers count at a port that was handed out: those of the account that its process runs as, and root's. A port of loopback whose
 * process died may be taken by any account; whoever connects to it (nginx, a health check, another project) is then refused by the
 * kernel, as if nobody listened.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectName } from '../kernel/names.ts'
import { accountName, isRoot } from '../shell/account.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import { subordinates } from './identity.ts'
import { type InstanceName, portOwner } from './instance.ts'
import { instanceFolders, type Place, portsFolder } from './place.ts'
import { portOwners } from './ports.ts'
import { readRecord, userOf } from './record.ts'

/** For each port the users that may answer there, as nft writes them: `1001`, and `100000-165535` of an account's own containers. */
export type PortHolders = ReadonlyMap<number, readonly string[]>

/** The ports of the instances of a root, and those that their successors are to have, each with the account that may listen there. */
export function portHolders(place: Place, project?: ProjectName): PortHolders {
  const holders = new Map<number, readonly string[]>()
  const users = new Map<string, readonly string[]>()
  for (const folder of instanceFolders(place)) {
    for (const name of namesIn(folder)) {
      if (name.split('.').length !== 5 || (project !== undefined && !name.startsWith(`${project}.`))) continue
      const port = readRecord(join(folder, name))?.address?.port
      if (port === undefined) continue
      const answering = usersOf(userOf(join(folder, name)))
      holders.set(port, answering)
      users.set(portOwner(name as InstanceName), answering)
    }
  }
  if (users.size === 0) return holders
  for (const [port, owner] of portOwners(place)) {
    const answering = users.get(owner)
    if (answering !== undefined && !holders.has(port)) holders.set(port, answering)
  }
  return holders
}

/** Root answers anywhere. */
const usersOf = (uid: number): readonly string[] => {
  const spans = uid === 0 ? [] : subordinates(uid, accountName(uid))
  return [String(uid), ...spans.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`))]
}

/**
 * Has the kernel heed `holders`, and forget what this root has handed out to nobody any more; other roots' it leaves. Put again after
 * somebody flushed the rules. False where it cannot be done.
 */
export async function holdPorts(shell: Shell, place: Place, holders: PortHolders): Promise<boolean> {
  if (!canHold()) return false
  const listed = await shell.run({ argv: ['/usr/sbin/nft', 'list', 'table', 'inet', 'corpus'], timeoutSeconds: 20 })
  const text = listed.status === 0 ? textOf(listed.stdout) : ''
  const changes = changesOf(text, holders, rootMark(place), new Set(namesIn(portsFolder(place)).map(Number)))
  const input = [...(hasRules(text) ? [] : rules), ...changes]
  if (input.length === 0) return true
  const ended = await shell.run({
    argv: ['/usr/sbin/nft', '-f', '-'],
    input: `${input.join('\n')}\n`,
    timeoutSeconds: 20,
  })
  if (ended.status !== 0)
    throw new CorpusError('SUPERVISOR_FAILED', 'nft did not take the rule that holds ports for their accounts.', {
      detail: textOf(ended.stderr).trim(),
    })
  return true
}

/** Ports of `holders` that another account could take, were their processes dead. */
export async function portsNotHeld(shell: Shell, holders: PortHolders): Promise<readonly number[]> {
  const ports = [...holders.keys()]
  if (!canHold()) return ports
  const listed = await shell.run({ argv: ['/usr/sbin/nft', 'list', 'table', 'inet', 'corpus'], timeoutSeconds: 20 })
  const text = listed.status === 0 ? textOf(listed.stdout) : ''
  if (!hasRules(text)) return ports
  const held = heldIn(text)
  return ports.filter(port => !held.some(one => one.port === port && holders.get(port)?.includes(one.users)))
}

/**
 * SYN cookies for every connection (the value 2, for tests of networks) are sent by no socket, so that nobody could tell whose they are;
 * then the rule would refuse everybody.
 */
export function canHold(): boolean {
  return isRoot() && existsSync('/usr/sbin/nft') && textIfThere('/proc/sys/net/ipv4/tcp_syncookies')?.trim() !== '2'
}

interface Held {
  readonly port: number
  /** A uid, or a span of them. */
  readonly users: string
  /** Which root said so. */
  readonly mark: string
}

function heldIn(listed: string): readonly Held[] {
  return [...listed.matchAll(/\b(\d+) \. (\d+(?:-\d+)?) comment "([0-9a-f]{8})"/g)].map(
    ([, port, users = '', mark = '']) => ({ port: Number(port), users, mark }),
  )
}

/** Pure: the lines for nft, one transaction. What is added before it is deleted is there to be deleted, whoever was faster. */
export function changesOf(
  listed: string,
  holders: PortHolders,
  mark: string,
  handedOut: ReadonlySet<number>,
): readonly string[] {
  const held = heldIn(listed)
  const stale = held.filter(one => {
    const answering = holders.get(one.port)
    return answering ? !answering.includes(one.users) : one.mark === mark && !handedOut.has(one.port)
  })
  const missing = [...holders].flatMap(([port, answering]) =>
    answering
      .filter(users => !held.some(one => one.port === port && one.users === users))
      .map(users => ({ port, users, mark })),
  )
  const left = new Set(held.filter(one => !stale.includes(one)).map(one => one.port))
  const free = [...new Set(stale.map(one => one.port))].filter(port => !left.has(port) && !holders.has(port))
  const element = ({ port, users, mark }: Held) =>
    `element inet corpus ${users.includes('-') ? 'spans' : 'owners'} { ${port} . ${users} comment "${mark}" }`
  const port = (port: number) => `element inet corpus held { ${port} }`
  return [
    ...stale.flatMap(one => [`add ${element(one)}`, `delete ${element(one)}`]),
    ...free.flatMap(one => [`add ${port(one)}`, `delete ${port(one)}`]),
    ...missing.flatMap(one => [`add ${port(one.port)}`, `add ${element(one)}`]),
  ]
}

/**
 * The packet that accepts a connection (or opens one from that port) is looked at, no other: an account that may not answer has its
 * packet made one that refuses, so that who asked learns of it at once. What no socket is known of counts as a stranger's.
 */
const rules = [
  'add table inet corpus',
  'add set inet corpus held { type inet_service; }',
  'add set inet corpus owners { type inet_service . uid; }',
  // Apart: nft 1.0.6 finds no single number again in a set that may have spans.
  'add set inet corpus spans { type inet_service . uid; flags interval; }',
  'add chain inet corpus listeners { type filter hook output priority filter; policy accept; }',
  'add chain inet corpus whose',
  'flush chain inet corpus listeners',
  'flush chain inet corpus whose',
  'add rule inet corpus listeners oif "lo" tcp flags & syn == syn tcp sport @held goto whose',
  'add rule inet corpus whose meta skuid 0 accept',
  'add rule inet corpus whose tcp sport . meta skuid @owners accept',
  'add rule inet corpus whose tcp sport . meta skuid @spans accept',
  'add rule inet corpus whose tcp flags set rst | ack',
]

const hasRules = (listed: string): boolean =>
  ['goto whose', '@owners accept', '@spans accept', 'tcp flags set rst'].every(words => listed.includes(words))

const rootMark = ({ home }: Place): string => createHash('sha256').update(home).digest('hex').slice(0, 8)

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
