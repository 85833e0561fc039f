/** The shape of a command: a plain object that help, documentation and the program read. */
import type { Context } from '../controller/context.ts'

export interface CommandOption {
  /** As commander reads it: `--mode MODE`, `--json`, `--set KEY=VALUE...`. */
  readonly flags: string
  readonly does: string
  readonly many?: true
}

export interface Invocation {
  readonly context: Context
  /** Positional arguments in order; one that may be left out is undefined. */
  readonly args: readonly (string | undefined)[]
  readonly options: Readonly<Record<string, unknown>>
  readonly json: boolean
  /** Doors beside this one, that a command may open. */
  readonly doors: Doors
  /** Who asks: an account's name. */
  readonly by: string
  print(text: string): void
}

/** What the command line starts but is not part of it. */
export interface Doors {
  /** Serves until it is told to stop; its exit status. */
  readonly agent: (root: string, options: Readonly<Record<string, unknown>>) => Promise<number>
  /** Another command line, in place of this one. */
  readonly command: (argv: readonly string[]) => Promise<number>
}

export interface CommandDefinition {
  /** `deploy`, or `config get` for one in a group. */
  readonly name: string
  readonly does: string
  /** `NAME`, `[RELEASE]`, `WORD...`. */
  readonly arguments?: readonly string[]
  /** NAME is no project, or one that has to be typed: in a clone it is not taken from the remote. */
  readonly isNamed?: true
  /** Words behind the first argument are another program's, options and all. */
  readonly passesOn?: true
  readonly options?: readonly CommandOption[]
  readonly example: string
  /** Answers with data, and so takes --json. */
  readonly answers?: true
  /** The exit status. */
  readonly run: (invocation: Invocation) => Promise<number>
}

export function defineCommand(definition: CommandDefinition): CommandDefinition {
  return definition
}

/** An option's value as text, if it was given. */
export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name]
  return typeof value === 'string' ? value : undefined
}

export function listOption(invocation: Invocation, name: string): string[] | undefined {
  const value = invocation.options[name]
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'string' ? value.split(',').filter(Boolean) : undefined
}
