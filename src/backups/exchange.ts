/**
 * Lets new files and folders change places with old ones, so that a crash at any point can be taken back. All that touches
 * the data is done as the project's account, which may change anything there at any moment: it can only harm its own.
 */

import { randomBytes } from 'node:crypto'
import { fchownSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  entryBelow,
  inFolder,
  namesBelow,
  type OpenFolder,
  openBelow,
  textBelow,
  writeBelow,
} from '../kernel/beneath.ts'
import { inputOf, nameOf, namesIn } from '../kernel/file-names.ts'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import { isRoot } from '../shell/account.ts'
import { type Program, program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import { isDataPath } from './declared.ts'
import type { DataContext } from './item.ts'
import { run } from './run.ts'

/**
 * ```
 * data/.0123456789ab.restoring/new/…    what comes, under the names that it will have
 *                             /old/0 …  what it replaces
 * records/0123456789ab.json             the plan: there while things have moved and it is not for good
 * ```
 */
export interface Exchange {
  readonly context: DataContext
  /** 12 hexadecimal digits. */
  readonly id: string
}

interface Row {
  /** Below the data. */
  readonly name: string
  /** Whether something is replaced, and whether something comes in its place. */
  readonly was: boolean
  readonly comes: boolean
}

const exchangeName = /^\.[0-9a-f]{12}\.restoring$/
/** A folder of the data for what is on its way, by a name that no dump takes in and the next restore takes away. */
export const folderOf = (id: string): string => `.${id}.restoring`
export const newId = (): string => randomBytes(6).toString('hex')

export const newOf = ({ id }: Exchange): string => `${folderOf(id)}/new`

/** Makes the folder for what comes. */
export async function beginExchange(context: DataContext): Promise<Exchange> {
  const exchange = { context, id: newId() }
  await inData(context, 'begin', exchange.id, [])
  return exchange
}

/** The names at the top of what comes, and of the data: for an exchange of all of it. */
export async function topNames({ context, id }: Exchange): Promise<string[]> {
  const names = new Set(await inData(context, 'names', id, []))
  return [...names].filter(name => name !== '.corpus' && !exchangeName.test(name))
}

/** Which of these paths, below the data, are there: a link itself, and whether it leads to something that the account sees. */
export async function presentIn(
  context: DataContext,
  paths: readonly string[],
): Promise<{ readonly isThere: boolean; readonly leadsSomewhere: boolean }[]> {
  if (paths.length === 0) return []
  const words = await inData(context, 'look', newId(), paths.map(nameOf))
  return words.map(word => ({ isThere: word[0] === '1', leadsSomewhere: word[2] === '1' }))
}

/** When one name fails, all are taken back, and the fault is thrown. */
export async function moveAll(exchange: Exchange, names: readonly string[]): Promise<void> {
  const { context, id } = exchange
  const looks = await inData(context, 'look', id, names)
  const rows = names.map((name, at) => ({ name, was: looks[at]?.[0] === '1', comes: looks[at]?.[1] === '1' }))
  mkdirSync(context.records, { recursive: true, mode: 0o700 })
  writeWhole(planOf(exchange), JSON.stringify(rows), { mode: 0o600, durable: true })
  try {
    await inData(context, 'move', id, wordsOf(rows))
  } catch (fault) {
    await moveAllBack(exchange)
    throw fault
  }
}

/** The data itself shows how far it came. Whatever took a place meanwhile goes away with what was to come. Not to be cancelled. */
export async function moveAllBack(exchange: Exchange): Promise<void> {
  const rows = jsonIfThere<Row[]>(planOf(exchange))
  if (rows === undefined) return
  await inData(unstoppable(exchange.context), 'back', exchange.id, wordsOf(rows))
  rmSync(planOf(exchange))
}

/** For good: from here on nothing is taken back. */
export async function finish(exchange: Exchange): Promise<void> {
  rmSync(planOf(exchange), { force: true })
  await remove(exchange.context, [folderOf(exchange.id)])
}

/** After a fault. What could not be taken back stays where it is: it may be the only copy. */
export async function abandon(exchange: Exchange): Promise<void> {
  if (jsonIfThere(planOf(exchange)) === undefined) await finish(exchange)
}

/** Takes back what a killed restore left. Answers whether there was any. */
export async function takeBackInterrupted(context: DataContext): Promise<boolean> {
  let found = false
  for (const id of plannedIn(context.records)) {
    await moveAllBack({ context, id })
    found = true
  }
  const left = (await inData(context, 'left', newId(), [])).filter(name => exchangeName.test(name))
  for (const name of left) {
    chownOld(context, name)
    await takeBackOld(context, name.slice(1, 13))
  }
  if (left.length > 0) await remove(context, left)
  return found || left.length > 0
}

/** Restores of before were root's work, and so are their folders: one that has in it what such a folder has is given to the account. */
function chownOld({ dataFolder, user }: DataContext, name: string): void {
  if (user === undefined || !isRoot()) return
  inFolder(dataFolder, data => {
    const old = openIfRoots(data, name)
    if (old === undefined) return
    const names = namesBelow(old)
    if (names.every(one => /^(new|old|plan\.json|taken-back-\d+)$/.test(one)) && names.length > 0) {
      for (const one of ['new', 'old']) {
        const part = openIfRoots(old, one)
        if (part) fchownSync(part.fd, user.uid, user.gid)
        part?.close()
      }
      const plan = textBelow(old, 'plan.json')
      fchownSync(old.fd, user.uid, user.gid)
      if (plan !== undefined) writeBelow(old, 'plan.json', plan, { mode: 0o600, owner: user })
    }
    old.close()
  })
}

function openIfRoots(folder: OpenFolder, name: string): OpenFolder | undefined {
  const entry = entryBelow(folder, name)
  if (!entry?.isDirectory() || entry.uid !== 0) return undefined
  const open = openBelow(folder, name)
  if (open.uid === 0) return open
  open.close()
  return undefined
}

/**
 * Restores of before wrote their plan into the data, where the account could have written another: it counts for names
 * below the data, and what it says is done as the account.
 */
async function takeBackOld(context: DataContext, id: string): Promise<void> {
  const [text = ''] = await inData(context, 'plan', id, [])
  const rows = rowsIn(text)
  if (rows !== undefined) await inData(unstoppable(context), 'back', id, wordsOf(rows))
}

/** Undefined for what is no plan, or one that was cut off while it was written: nothing was moved by it. */
function rowsIn(text: string): Row[] | undefined {
  try {
    const rows = JSON.parse(Buffer.from(text, 'latin1').toString()) as unknown
    if (!Array.isArray(rows)) return undefined
    // Its place in the list is the name under which the old stands: a row that does not hold keeps its place.
    return rows.map((row: Partial<Row> | null) =>
      typeof row?.name === 'string' && isDataPath(row.name) && !row.name.split('/').includes('.')
        ? { name: nameOf(row.name), was: row.was === true, comes: row.comes === true }
        : { name: '', was: false, comes: false },
    )
  } catch {
    return undefined
  }
}

function plannedIn(records: string): string[] {
  try {
    return readdirSync(records).flatMap(name => /^([0-9a-f]{12})\.json$/.exec(name)?.[1] ?? [])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** As whoever runs this, for what was replaced may be others' as well: rm(1) goes by opened folders, and into no link. */
async function remove(context: DataContext, folders: readonly string[]): Promise<void> {
  const failed = 'What was replaced in the data could not be removed'
  const argv: [Program, ...string[]] = [program('rm'), '-rf', '--', ...folders]
  await run({ argv, cwd: context.dataFolder, failed }, { ...unstoppable(context), user: undefined })
}

const unstoppable = (context: DataContext): DataContext => ({ ...context, signal: undefined })

const wordsOf = (rows: readonly Row[]): string[] =>
  rows.flatMap(({ name, was, comes }) => [name, was ? '1' : '', comes ? '1' : ''])

const planOf = ({ context, id }: Exchange): string => join(context.records, `${id}.json`)

/** Words go in and come out with NUL behind each: names are any bytes. */
async function inData(context: DataContext, verb: string, id: string, words: readonly string[]): Promise<string[]> {
  const outcome = await run(
    {
      argv: [program('perl'), '-e', moving, verb, folderOf(id)],
      cwd: context.dataFolder,
      input: inputOf(words),
      keepBytes: 256 * 1024 * 1024,
      failed: `${textOf(Buffer.from(context.dataFolder))} could not be worked in`,
    },
    context,
  )
  return namesIn(outcome.stdout)
}

/** Perl starts in a tenth of the time that Node takes, and renames as the kernel does: never by copying. */
const moving = String.raw`
use strict; use warnings;
my ($verb, $folder) = @ARGV;
my @words = do { local $/; my $all = <STDIN>; defined $all ? split(/\0/, $all, -1) : () };
pop @words;
sub there { my @entry = lstat $_[0]; @entry ? 1 : 0 }
sub fault { print STDERR "$_[0]: $!\n"; exit 1 }
sub names { opendir my $open, $_[0] or return (); grep { $_ ne '.' && $_ ne '..' } readdir $open }
sub parents { my $at = ''; my @parts = split m{/}, $_[0]; pop @parts; for (@parts) { $at .= "$_/"; mkdir $at } }
sub rows { my @rows; push @rows, [splice @words, 0, 3] while @words; @rows }
if ($verb eq 'begin') {
  mkdir $folder, 0700 or fault($folder);
  mkdir "$folder/new", 0700 or fault($folder);
} elsif ($verb eq 'names') {
  print "$_\0" for names("$folder/new"), names('.');
} elsif ($verb eq 'left') {
  print "$_\0" for names('.');
} elsif ($verb eq 'look') {
  print there($_), there("$folder/new/$_"), (-e $_ ? 1 : 0), "\0" for @words;
} elsif ($verb eq 'plan') {
  if (-f "$folder/plan.json" && open my $file, '<', "$folder/plan.json") { read $file, my $text, 16 << 20; print "$text\0" }
} elsif ($verb eq 'move') {
  mkdir "$folder/old", 0700 or fault($folder);
  my $at = 0;
  for (rows()) {
    my ($name, $was, $comes) = @$_;
    if ($was) { rename $name, "$folder/old/$at" or fault($name) }
    parents($name);
    if ($comes) { rename "$folder/new/$name", $name or fault($name) }
    $at++;
  }
} elsif ($verb eq 'back') {
  my @rows = rows();
  for my $at (reverse 0 .. $#rows) {
    my ($name, $was, $comes) = @{$rows[$at]};
    my $moved = $was ? there("$folder/old/$at") : $comes && !there("$folder/new/$name");
    next unless $moved;
    if (there($name)) { rename $name, "$folder/taken-back-$at-$$" or fault($name) }
    if ($was) { rename "$folder/old/$at", $name or fault($name) }
  }
}
`
