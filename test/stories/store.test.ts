/** The store as people meet it: the index answers as the files do, whatever becomes of it, and no push waits for it. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployMany, recordAt, writeDeployment } from '../support/many-records.ts'
import { corpusCommand, type Ended, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
let world: World
let file = ''
beforeAll(() => {
  world = makeWorld()
  file = join(world.root, 'corpus', 'corpus.db')
  deployMany(world.root, 'shop', 1, 310)
  deployMany(world.root, 'other', 1, 20)
  writeDeployment(world.root, 'other', recordAt(21, { status: 'rollback failed' }))
})
afterAll(() => world.dispose())

const questions = [
  ['list', '--json'],
  ['list'],
  ['releases', 'shop', '--json'],
  ['releases', 'shop'],
  ['releases', 'other', '--json'],
]
/** What `list` and `releases` answer, and what they warn of. */
async function answers(
  env: NodeJS.ProcessEnv = {},
  before: readonly string[] = [],
): Promise<{ stdout: string; stderr: string }> {
  const ended: Ended[] = []
  for (const words of questions) ended.push(await world.run([...before, corpusCommand, ...words], { env }))
  expect(ended.map(one => one.status)).toEqual(questions.map(() => 0))
  return { stdout: ended.map(one => one.stdout).join(''), stderr: ended.map(one => one.stderr).join('') }
}
/** Nothing of the store is opened. */
const ofFiles = () => answers({ CORPUS_STORE: 'none:' })
const removeStore = () => {
  for (const name of existsSync(join(world.root, 'corpus')) ? readdirSync(join(world.root, 'corpus')) : [])
    if (name.startsWith('corpus.db')) rmSync(join(world.root, 'corpus', name), { recursive: true })
}

describe('list and releases answer what the files say', () => {
  test('with a store that is made on the way, that is known, and that is built anew', async () => {
    const { stdout } = await ofFiles()
    expect(stdout).toContain('broken')
    expect(existsSync(file)).toBe(false)
    expect(await answers()).toEqual({ stdout, stderr: '' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await answers()).toEqual({ stdout, stderr: '' })
    expect(await world.json('reindex')).toEqual({ projects: 2, deployments: 331, moved_aside: null, saved: 0 })
    expect(await answers()).toEqual({ stdout, stderr: '' })
    writeDeployment(world.root, 'shop', recordAt(311, { status: 'rollback failed' }))
    const later = await ofFiles()
    expect(later.stdout).not.toBe(stdout)
    expect((await answers()).stdout).toBe(later.stdout)
  })

  const spoilt: readonly (readonly [string, () => (() => void) | undefined, RegExp])[] = [
    ['is damaged', () => void writeFileSync(file, 'junk '.repeat(2000)), /damaged.*corpus reindex/],
    [
      'is newer',
      () => {
        const opened = new Sqlite(file)
        opened.exec("insert into store_version values (99, 'later', 0)")
        opened.close()
        return undefined
      },
      /version 99/,
    ],
    [
      'is held',
      () => {
        const opened = new Sqlite(file)
        opened.pragma('locking_mode = exclusive')
        opened.exec('begin exclusive')
        return () => opened.close()
      },
      /^$/,
    ],
    [
      'is a folder',
      () => {
        removeStore()
        mkdirSync(file)
        return undefined
      },
      /^$/,
    ],
    [
      'is a pipe',
      () => {
        removeStore()
        execFileSync('mkfifo', [file])
        return undefined
      },
      /^$/,
    ],
    [
      'is a link to somewhere else',
      () => {
        removeStore()
        symlinkSync(join(world.scratch, 'elsewhere'), file)
        return undefined
      },
      /^$/,
    ],
  ]
  test.each(spoilt)('where the store %s', async (_, spoil, told) => {
    removeStore()
    await world.must('reindex')
    const { stdout } = await ofFiles()
    const after = spoil()
    try {
      const answered = await answers()
      expect(answered.stdout).toBe(stdout)
      expect(answered.stderr).toMatch(told)
    } finally {
      after?.()
    }
    expect(existsSync(join(world.scratch, 'elsewhere'))).toBe(false)
  })

  test('where a database that CORPUS_STORE names does not answer', async () => {
    const { stdout } = await ofFiles()
    const away = await answers({ CORPUS_STORE: 'postgres://ann:geheim@127.0.0.1:1/none' })
    expect(away.stdout).toBe(stdout)
    expect(away.stderr).toMatch(/does not answer/)
    expect(away.stderr).not.toContain('geheim')
  })

  test.runIf(isRoot)('for whoever may not read the store', async () => {
    removeStore()
    await world.must('reindex')
    const { stdout } = await ofFiles()
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    chmodSync(world.scratch, 0o755)
    expect((await answers({}, nobody)).stdout).toBe(stdout)
  })

  test.runIf(isRoot)('for an ordinary user with a root of their own, whose store is theirs', async () => {
    const user = { uid: 65534, gid: 65534, name: 'nobody' }
    const theirs = makeWorld(user)
    try {
      deployMany(theirs.root, 'shop', 1, 310)
      execFileSync('chown', ['-R', '65534:65534', theirs.root, theirs.scratch])
      const files = await theirs.run([corpusCommand, 'releases', 'shop', '--json'], { env: { CORPUS_STORE: 'none:' } })
      expect((await theirs.must('releases', 'shop', '--json')).stdout).toBe(files.stdout)
      const { uid, mode } = statSync(join(theirs.root, 'corpus', 'corpus.db'))
      expect([uid, mode & 0o777]).toEqual([65534, 0o600])
      // Root does not open what another may have put there, and answers all the same.
      const asRoot = await world.run([corpusCommand, 'releases', 'shop', '--json'], {
        env: { CORPUS_ROOT: theirs.root },
      })
      expect(asRoot.stdout).toBe(files.stdout)
      expect((await world.run([corpusCommand, 'reindex', '--root', theirs.root])).stderr).toContain('STORE_REFUSED')
    } finally {
      chownSync(theirs.scratch, 0, 0)
      await theirs.dispose()
    }
  })

  test.runIf(isRoot)('on a disk that is full, and again when there is room', async context => {
    const script = `
set -eu
mount -t tmpfs -o size=6m none "$1"
cp -a "$2/projects" "$1/"
dd if=/dev/zero of="$1/full" bs=4k 2> /dev/null || :
for words in 'list --json' 'releases shop --json' 'releases shop'; do CORPUS_ROOT=$1 "$3" $words 2> /dev/null; done
echo
rm "$1/full"
for words in 'list --json' 'releases shop --json' 'releases shop'; do CORPUS_ROOT=$1 "$3" $words; done
dd if=/dev/zero of="$1/full" bs=4k 2> /dev/null || :
rm -r "$1/projects/other"
echo
for words in 'list --json' 'releases shop --json' 'releases shop'; do CORPUS_ROOT=$1 "$3" $words; done
echo
ls "$1/corpus"`
    const mountPoint = join(world.scratch, 'full')
    mkdirSync(mountPoint, { recursive: true })
    const words = [
      'unshare',
      '-m',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
      'sh',
      mountPoint,
      world.root,
      corpusCommand,
    ]
    const ended = await world.run(words)
    if (/unshare|permission denied/i.test(ended.stderr)) return context.skip()
    expect(ended.stderr).toBe('')
    const [full, room, without] = ended.stdout.split('\n\n')
    expect(full).toContain('"state":"broken"')
    expect(room).toBe(full)
    expect(without?.split('\n').slice(1)).toEqual(full?.split('\n').slice(1))
    expect(ended.stdout).toMatch(/corpus\.db/)
  })
})

test('reindex moves a damaged store aside, and the next command finds a whole one', async () => {
  removeStore()
  await world.must('reindex')
  writeFileSync(file, 'junk '.repeat(2000))
  const doctor = JSON.parse((await world.corpus('doctor', '--json')).stdout) as {
    name: string
    ok: boolean
    mend: string
  }[]
  expect(doctor.find(one => one.name === 'store')).toMatchObject({
    ok: false,
    mend: expect.stringContaining('corpus reindex'),
  })
  const { stdout } = await ofFiles()
  expect(await world.json('reindex')).toMatchObject({ projects: 2, moved_aside: `${file}.damaged-1` })
  expect(await answers()).toEqual({ stdout, stderr: '' })
})

test('a push neither opens the store nor loads what it is made of', async () => {
  removeStore()
  mkdirSync(dirname(file), { recursive: true })
  // Whoever opens it waits for ever.
  execFileSync('mkfifo', [file])
  const name = uniqueName('store')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'hello' })
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('v1 runs')
  expect(pushed.status).toBe(0)
  const chunks = readdirSync(join(dist, 'chunks')).map(chunk => join(dist, 'chunks', chunk))
  const [push = ''] = chunks.filter(chunk => basename(chunk).startsWith('push-'))
  expect([...withAllThatItRequires(push)].filter(isOfTheStore)).toEqual([])
  expect(chunks.filter(isOfTheStore)).not.toEqual([])
})

const dist = join(import.meta.dirname, '../../dist')
const isOfTheStore = (chunk: string): boolean =>
  /better-sqlite3|CORPUS_STORE does not/.test(readFileSync(chunk, 'utf8'))

/** At once: what is asked for late is another's business. */
function withAllThatItRequires(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const [, next = ''] of readFileSync(path, 'utf8').matchAll(/^(?:(?:const|let|var) .*)?require\("(\.[^"]+)"\)/gm))
    withAllThatItRequires(join(dirname(path), next), seen)
  return seen
}
