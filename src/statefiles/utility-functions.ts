/** Functions of makina-states that need the project: stored passwords, filled texts; and the requests that a state file cannot make. */
import { join } from 'node:path'
import { filled } from '../configuration/fill.ts'
import type { ApplicationWorld } from '../deployment/application-world.ts'
import { CorpusError } from '../kernel/errors.ts'
import { defineFunction, type FunctionDefinition } from '../salt/definition/define.ts'
import { executionError, invocationError } from '../salt/definition/exceptions.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { knownPassword, randomPassword, storedPassword } from './stored-passwords.ts'

export function utilityFunctions(world: ApplicationWorld): Readonly<Record<string, FunctionDefinition>> {
  return {
    'mc_utils.generate_password': defineFunction({
      does: 'A random password of letters and digits, another one each time.',
      acts: false,
      arguments: { length },
      call: ({ args }) => randomPassword(lengthOf(args.value('length'))),
    }),
    'mc_utils.generate_stored_password': defineFunction({
      does: 'The password of a key: made at the first call, the same at every later one, for all projects of this machine. It is kept in `$CORPUS_ROOT/corpus/passwords.json`, mode 0600.',
      acts: false,
      arguments: {
        key: { does: 'The name of the password.', type: 'text', required: true },
        length,
        force: { does: 'Makes a new one.', type: 'boolean', default: false },
        value: { does: 'What is kept where there is none; default: a random one.', type: 'text' },
      },
      call: ({ args }) => {
        const wanted = {
          length: lengthOf(args.value('length')),
          force: args.flag('force'),
          value: args.textOrNone('value'),
        }
        const file = join(world.layout.root, 'corpus', 'passwords.json')
        // Who only looks leaves nothing behind: the length is right, the password is made when it counts.
        return inWordsOfStates(() =>
          world.rehearsal
            ? (knownPassword(file, args.text('key')) ?? '*'.repeat(wanted.length))
            : storedPassword(file, args.text('key'), wanted),
        )
      },
    }),
    'mc_utils.format_resolve': defineFunction({
      does: 'A value whose texts have each `{key}` filled from a mapping, and from its `data` before it.',
      acts: false,
      arguments: {
        value: { does: 'The text, list or mapping.', type: 'any', required: true },
        original_dict: { does: 'What it is filled from; default: the configuration.', type: 'mapping' },
      },
      call: ({ args }) => {
        const from = args.value('original_dict')
        const whole = Dict.of([...(from instanceof Dict ? from : world.cfg)])
        whole.set(asked, args.value('value'))
        return inWordsOfStates(() => filled(whole).get(asked) ?? null)
      },
    }),
    ...Object.fromEntries(
      Object.entries(requests).map(([name, command]) => [`mc_project.${name}`, refusal(name, command)]),
    ),
  }
}

/** What goes wrong in a function is told at the place of the template that called it. */
export function inWordsOfStates<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof CorpusError) throw executionError(error.message)
    throw error
  }
}

const asked = '__asked__'
const length = { does: 'How many characters.', type: 'whole number', default: 16 } as const

function lengthOf(value: Value): number {
  if (value === null) return 16
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 4096) return value
  throw invocationError('length is a whole number from 1 to 4096')
}

/** What is asked for by a person or a push, to the command that does it. */
const requests: Readonly<Record<string, string>> = {
  deploy: 'deploy',
  deploy_project: 'deploy',
  archive: 'archive',
  initialization: 'initialization',
  init_project: 'init',
  sync: 'initialization',
  release_sync: 'release-sync',
  configure: 'configure',
  build: 'build',
  install: 'install',
  reconfigure: 'reconfigure',
  activate: 'activate',
  upgrade: 'upgrade',
  bundle: 'bundle',
  post_install: 'post_install',
  rollback: 'rollback',
  notify: 'notification',
}

/** A deployment that began another would wait for itself. */
function refusal(name: string, command: string): FunctionDefinition {
  return defineFunction({
    does: `Refused in state files, which are part of a deployment themselves: \`corpus ${command} NAME\` asks for it.`,
    acts: false,
    arguments: {},
    restArguments: 'As makina-states took them.',
    otherArguments: 'As makina-states took them.',
    call: () => {
      throw executionError(
        `mc_project.${name} cannot be called by a state file: it is part of a deployment itself, which would wait for the other one for ever. Ask for it with \`corpus ${command} NAME\``,
      )
    },
  })
}
