/** What a state and an execution function may use: given to each call, never reached for. */

import type { Shell } from '../../shell/shell.ts'
import type { FunctionDefinition } from '../definition/define.ts'
import type { Dict } from '../python/dict.ts'
import type { Keywords, Value } from '../python/value.ts'
import type { FileRoots } from './roots.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical'

interface SharedTools {
  readonly shell: Shell
  readonly pillar: Dict
  readonly grains: Dict
  readonly opts: Dict
  /** The project's mapping, by reference; undefined where there is no project. */
  readonly cfg: Dict | undefined
  /** The files of salt:// addresses. */
  readonly files: FileRoots
  /** The environment of commands; environ.setenv writes to it. */
  readonly environment: Map<string, string>
  /** A folder for what lasts no longer than the run, made at first use. */
  scratch(): string
  /** Seconds that one command may take where nothing else was said. */
  readonly commandTimeoutSeconds: number
  log(level: LogLevel, text: string): void
}

/** Keyword arguments, as a plain object where that reads better. */
export type NamedValues = Keywords | Readonly<Record<string, Value>>

export interface TemplateSource {
  /** Named in faults; relative imports start from it. */
  readonly path: string
  readonly text: string
}

/** For execution functions: all synchronous, since a template waits for them. */
export interface FunctionTools extends SharedTools {
  /** Calls another execution function (`cmd.run`); throws a StateException. */
  call(name: string, args?: readonly Value[], keywords?: NamedValues): Value
  has(name: string): boolean
  /** Renders a text; `engine` is what `template:` says (default jinja), `context` is laid over what templates see anyway. */
  render(source: TemplateSource, context: Dict, engine?: string): string
  /** The names of all execution functions, sorted. */
  names(): readonly string[]
}

export interface StateTools extends SharedTools {
  call(name: string, args?: readonly Value[], keywords?: NamedValues): Promise<Value>
  has(name: string): Promise<boolean>
  /** The definition of an execution function, for those who bind its arguments themselves. */
  find(name: string): Promise<FunctionDefinition | undefined>
  render(source: TemplateSource, context: Dict, engine?: string): Promise<string>
  readonly signal: AbortSignal | undefined
  /** One line on what is going on, for those who watch. */
  progress(text: string): void
  /** What states of one run tell each other (file.accumulated), by a name of their choosing. */
  readonly memory: Map<string, unknown>
}
