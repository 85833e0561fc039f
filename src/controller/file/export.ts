/** All of a controller as a file: the same each time as long as nothing changes, and nothing secret in it. */
import { inOneLine, nodeOf, yamlOf } from '../../configuration/yaml-text.ts'
import { faultOf } from '../../kernel/errors.ts'
import type { ProjectName } from '../../kernel/names.ts'
import { Dict } from '../../salt/python/dict.ts'
import type { Value } from '../../salt/python/value.ts'
import { type Context, projectNames } from '../context.ts'
import type { Asked } from '../request.ts'
import { type GrantThere, grantsThere } from './grants.ts'
import { type KeyThere, keysThere } from './keys.ts'
import { version, withStoreIfThere } from './plan.ts'
import { type ProjectThere, projectThere } from './projects.ts'
import { canBeWritten, isSecret, layerOf, leavesOf, named, pathText } from './settings.ts'
import { type UserThere, usersThere } from './users.ts'

/** As YAML. Throws STORE_…. */
export async function exported(asked: Asked): Promise<string> {
  const { users, grants } = await withStoreIfThere(asked, async store => ({
    users: await usersThere(store),
    grants: await grantsThere(store),
  }))
  const names = [...users.keys()].sort()
  const own = names.filter(name => users.get(name)?.isElsewhere === false)
  const others = new Set(names.filter(name => !own.includes(name)))
  const isOwn = ({ to }: GrantThere) => to.kind === 'group' || !others.has(to.name)
  const keys = await keysThere(asked)
  const [keysOfRights, unlimited] = [
    [...keys].filter(([, key]) => !key.unlimited),
    [...keys].filter(([, key]) => key.unlimited).map(([name]) => name),
  ]
  const passwords = own.filter(name => users.get(name)?.hasPassword)
  const left = [
    ...(passwords.length > 0 ? [`the passwords of ${passwords.join(', ')}`] : []),
    ...(others.size > 0 ? [`users of a directory or a provider, with their grants: ${[...others].join(', ')}`] : []),
    ...(unlimited.length > 0
      ? [`keys of before keys had rights, which may do everything: ${unlimited.join(', ')}`]
      : []),
  ]
  const projects = projectNames(asked).map(name => [name, projectText(asked, name)] as const)
  return [
    '# What `corpus export` writes: what `corpus plan -f` and `corpus apply -f` bring a controller to.\n',
    '# Left out: tokens, passwords, values of secrets, and all data of the projects.\n',
    ...left.map(one => `# Left out here: ${oneLine(one)}\n`),
    yamlOf({ corpus: version }),
    '\n',
    yamlOf({ users: new Map(own.map(name => [name, userOf(users.get(name))])) }),
    '\n',
    yamlOf({ grants: grants.filter(isOwn).map(grantOf) }),
    '\n',
    ...(projects.length === 0 ? ['projects: {}\n'] : ['projects:\n', ...projects.map(([, text]) => text)]),
    '\n',
    yamlOf({ keys: new Map(keysOfRights.map(([name, key]) => [name, keyOf(key)])) }),
  ].join('')
}

const userOf = (user: UserThere | undefined) =>
  inOneLine({
    admin: user?.admin === true,
    groups: [...(user?.groups ?? [])],
    ...(user?.disabled ? { disabled: true } : {}),
  })

const grantOf = ({ to, right, projects, effect }: GrantThere) =>
  inOneLine({ [to.kind]: to.name, [effect === 'deny' ? 'denied' : 'right']: right, projects })

const keyOf = ({ key, projects, pillar, shell }: KeyThere) => ({
  key,
  projects: [...projects],
  ...(pillar ? { pillar } : {}),
  ...(shell ? { shell } : {}),
})

/** Two spaces deep. One that cannot be read is said, and keeps nobody from the rest. */
function projectText(context: Context, name: ProjectName): string {
  let project: ProjectThere
  let damaged: string | undefined
  try {
    project = projectThere(context, name, true)
  } catch (error) {
    damaged = faultOf(error).message
    try {
      project = projectThere(context, name, false)
    } catch {
      return `  # Left out here: ${name}: ${oneLine(damaged)}\n`
    }
  }
  const leaves = leavesOf(project.saved)
  const left = leaves.filter(leaf => isSecret(leaf) || !canBeWritten(leaf.value)).map(({ path }) => pathText(path))
  const kept = leaves.filter(leaf => !left.includes(pathText(leaf.path)))
  // Not as layers merge: a key is what it reads as.
  const saved = kept.reduce((all, leaf) => put(all, layerOf(leaf)), new Dict())
  const isNamed = (key: Value): key is (typeof named)[number] => (named as readonly Value[]).includes(key)
  const beside = named.flatMap(key => (saved.has(key) ? [[key, nodeOf(saved.get(key) ?? null)] as const] : []))
  const others = [...saved]
    .filter(([key]) => !isNamed(key))
    .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1))
  const body = new Map<string, unknown>([
    ...beside,
    ...(others.length > 0 ? [['settings', nodeOf(Dict.of(others))] as const] : []),
    ...(project.variables ? [['environment', new Map([...project.variables].map(variableOf))] as const] : []),
  ])
  const secret = [...(project.variables ?? [])].filter(([, { value }]) => value === null).map(([key]) => key)
  const remarks = [
    ...(left.length > 0 ? [`settings of ${name}: ${left.join(', ')}`] : []),
    ...(secret.length > 0 ? [`the values of ${name}'s ${secret.join(', ')}`] : []),
    ...(damaged === undefined ? [] : [`the variables of ${name}: ${damaged}`]),
  ]
  if (body.get('environment') instanceof Map && (body.get('environment') as Map<never, never>).size === 0)
    body.delete('environment')
  const text = yamlOf({ [name]: body })
  return [...remarks.map(one => `# Left out here: ${oneLine(one)}\n`), text]
    .join('')
    .split('\n')
    .map(line => (line === '' ? line : `  ${line}`))
    .join('\n')
}

const variableOf = ([name, { value }]: readonly [string, { readonly value: string | null }]): [
  string,
  string | null,
] => [name, value]

function put(all: Dict, layer: Dict): Dict {
  for (const [key, value] of layer) {
    const there = all.get(key)
    all.set(key, there instanceof Dict && value instanceof Dict ? put(there, value) : value)
  }
  return all
}

/** No text of anybody ends a comment. */
const oneLine = (text: string): string => text.replaceAll(/[\x00-\x1f\x7f\u0085\u2028\u2029]+/g, ' ')
