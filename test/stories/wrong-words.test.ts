/** Lines as people type them who do not know the words yet: each is told what is there, and how it is typed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../../src/controller/reference/commands.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const world: World = makeWorld()
const name = uniqueName('word')
afterAll(() => world.dispose())
beforeAll(() => world.must('init', name, '--mode', 'final', '--installer', 'generic'))

const typed = commands.filter(one => one.behind === undefined)
const takesProject = (one: (typeof commands)[number]) =>
  one.params.properties[one.words[0] ?? '']?.parse === 'project' && one.name !== 'init'
/** Something for each word that must be there, so that nothing but the name is wrong. */
const filled = (one: (typeof commands)[number]) =>
  one.arguments
    .slice(1)
    .flatMap(word => (word.startsWith('[') && !word.includes('=') ? [] : [word === 'on|off' ? 'on' : 'A=b']))

test('a project in the place of a command of a group: the commands are named, with the project where it belongs', async () => {
  const groups = new Set(typed.filter(one => one.name.includes(' ')).map(one => one.name.split(' ')[0] ?? ''))
  expect(groups.size).toBeGreaterThan(8)
  for (const group of groups) {
    const { status, stderr } = await world.corpus(group, name)
    expect([group, status, stderr.split('\n')[0]]).toEqual([
      group,
      2,
      `corpus: corpus ${group} has no command "${name}", but these. (USAGE)`,
    ])
    for (const one of typed.filter(one => one.name.startsWith(`${group} `))) {
      const own = takesProject(one) ? ` ${name}` : ''
      expect(stderr).toContain(`\n  corpus ${one.name}${own}`)
    }
    expect(stderr).toContain(`\n  See \`corpus ${group} --help\`.\n`)
  }
  const near = await world.corpus('backup', 'lst')
  expect(near.stderr).toBe(
    'corpus: corpus backup has no command "lst". Did you mean list? (USAGE)\n  See `corpus backup --help`.\n',
  )
})

test('a word too many is told with what the command takes', async () => {
  const said = async (...words: string[]) => (await world.corpus(...words)).stderr
  expect(await said('doctor', name)).toBe(
    `corpus: doctor takes no words: it looks at the machine and at each of its projects. Of one tells \`corpus status NAME\`. (USAGE)
  corpus doctor
  See \`corpus doctor --help\`.\n`,
  )
  expect(await said('jobs', name)).toContain(
    `"${name}" is one word too many: corpus jobs takes none. (USAGE)\n  corpus jobs --project ${name}\n`,
  )
  expect(await said('status', name, 'more')).toContain('"more" is one word too many. (USAGE)\n  corpus status NAME\n')
  expect(await said('maintenance', name, 'maybe')).toContain('on|off is on or off, and not "maybe".')
})

test('a word too few is named, with the whole line and an example', async () => {
  // What `states call` is told and answers is for programs.
  const needy = typed.filter(
    one =>
      one.words.length > 0 && !one.arguments[0]?.startsWith('[') && !one.takesProject && one.name !== 'states call',
  )
  expect(needy.length).toBeGreaterThan(10)
  for (const one of needy) {
    const { status, stderr } = await world.corpus(...one.name.split(' '))
    expect([one.name, status, stderr]).toEqual([one.name, 2, expect.stringContaining('is missing. (USAGE)\n')])
    expect(stderr).toContain(`\n  corpus ${one.name} `)
    expect(stderr).toContain(`\n  Example: ${one.example}\n  See \`corpus ${one.name} --help\`.\n`)
  }
  const set = await world.corpus('env', 'set', name)
  expect(set.stderr).toContain('KEY=VALUE is missing. (USAGE)\n  corpus env set NAME KEY=VALUE...\n')
})

test('a project that is not there is told by its name, whatever was asked of it', async () => {
  const asked = typed.filter(takesProject)
  expect(asked.length).toBeGreaterThan(30)
  for (const one of asked) {
    const words = one.passesOn ? ['--', 'true'] : filled(one)
    const { status, stderr } = await world.corpus(...one.name.split(' '), 'nosuchproject', ...words)
    expect([one.name, status, stderr.split('\n')[0]]).toEqual([
      one.name,
      4,
      `corpus: There is no project nosuchproject below ${world.root}. (PROJECT_UNKNOWN)`,
    ])
  }
})

test('where there is nothing to list, a sentence says so', async () => {
  const said = async (...words: string[]) => (await world.must(...words)).stdout
  expect(await said('releases', name)).toBe(`Nothing of ${name} was deployed yet.\n`)
  expect(await said('env', 'list', name)).toBe(`${name} has no variables of its own.\n`)
  expect(await said('domains', 'list', name)).toBe(`${name} has no host name of its own.\n`)
  expect(await said('task', name)).toBe(`${name} has no tasks: a state file .salt/task_TASK.sls is one.\n`)
  const { stderr } = await world.corpus('backup', 'list', name)
  expect(stderr).toContain(`corpus config set ${name} backup.target=/var/backups/${name}\n`)
})
