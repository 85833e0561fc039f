/** How each request is typed: words and options, found from what is declared. */
import { type ParamShape, type Told, told } from '../told.ts'

interface CommandOption {
  /** The param that it says. */
  readonly param: string
  /** `--mode MODE`, `-f, --follow`. */
  readonly flags: string
  readonly does: string
  readonly many: boolean
}

export interface Command extends Told {
  /** `NAME`, `[RELEASE]`, `WORD...`. */
  readonly arguments: readonly string[]
  /** The params of those words, in order. */
  readonly words: readonly string[]
  readonly options: readonly CommandOption[]
  /** NAME may be left out in a clone of the project. */
  readonly takesProject: boolean
  /** Words behind the first argument are another program's, options and all. */
  readonly passesOn: boolean
  /**
   * Typed behind NAME of another command: `ps NAME restart`; without a word of its own, `task NAME TASK`; or by an option, which
   * may be one of its params: `agent --logs`, `plan --file FILE`.
   */
  readonly behind?: { readonly command: string; readonly word?: string; readonly option?: string }
}

function commandOf(one: Told): Command {
  const shapes = Object.entries(one.params.properties)
  const words = shapes.filter(([, shape]) => shape.word !== undefined)
  const isNeeded = (name: string) => one.params.required?.includes(name) === true
  const [command, second, word] = one.typed?.split(' ') ?? []
  const option = second?.startsWith('--') ? second.slice(2) : undefined
  const isParam = option !== undefined && Object.hasOwn(one.params.properties, option)
  const chosenBy =
    option === undefined || isParam ? [] : [{ param: option, flags: `--${option}`, does: one.does, many: false }]
  return {
    ...one,
    arguments: words.map(([name, shape]) => {
      const argument = `${shape.word}${isMany(shape) ? '...' : ''}`
      return isNeeded(name) && shape.inClone !== 'folder' ? argument : `[${argument}]`
    }),
    words: words.map(([name]) => name),
    options: [
      ...chosenBy,
      ...shapes.filter(([, shape]) => shape.word === undefined).map(([name, shape]) => optionOf(name, shape)),
    ],
    takesProject: words[0]?.[1].inClone === 'remote',
    passesOn: words.some(([, shape]) => shape.passesOn === true),
    ...(command === undefined
      ? {}
      : {
          behind: {
            command,
            ...(word === undefined || option !== undefined ? {} : { word }),
            ...(option === undefined ? {} : { option }),
          },
        }),
  }
}

/** In the order of the requests. */
export const commands: readonly Command[] = told.map(commandOf)

/** Those that are typed behind NAME of a command. */
export const behind = ({ name }: Pick<Command, 'name'>): Command[] =>
  commands.filter(one => one.behind?.command === name)

/** The command with its arguments, as one types it. */
export const usageOf = ({ name, typed, arguments: wanted }: Command): string =>
  typed === undefined ? [name, ...wanted].join(' ') : [typed, ...wanted.slice(1)].join(' ')

function isMany({ type }: ParamShape): boolean {
  return type === 'array' || type === 'object'
}

function optionOf(param: string, shape: ParamShape): CommandOption {
  const long = `--${param.replaceAll('_', '-')}${shape.stdin ? '-stdin' : ''}`
  return {
    param: shape.stdin ? `${param}_stdin` : param,
    flags: `${shape.letter === undefined ? '' : `-${shape.letter}, `}${long}${shape.flag === undefined ? '' : ` ${shape.flag}`}`,
    does: shape.description ?? '',
    many: isMany(shape) && shape.split !== true,
  }
}
