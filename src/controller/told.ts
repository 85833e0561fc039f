/** What the command line knows of every request before it loads one. The build writes it down (scripts/told-requests.mjs). */
import type { TObject } from '@sinclair/typebox'
import type { Further, Method, RequestDeclaration } from './request.ts'
import { requests } from './requests/index.ts'
import type { JobDeclaration } from './requests/job.ts'
import type { Right, Target } from './rights.ts'

/** A declared request as plain data: without what it does, and without its answer. */
export interface Told {
  readonly name: string
  readonly does: string
  readonly example: string
  readonly params: ParamsShape
  readonly http: `${Method} /${string}`
  readonly right: `${Right} on ${Target}`
  readonly kind: RequestDeclaration['kind']
  readonly more?: Readonly<Record<string, Further>>
  readonly own?: 'user' | 'token'
  readonly local?: string
  readonly typed?: string
  readonly json?: 'lines' | 'salt'
  readonly tooMany?: string
  readonly paged?: { readonly by: string; readonly param?: string }
  readonly changes?: string
}

export interface ParamsShape {
  readonly properties: Readonly<Record<string, ParamShape>>
  readonly required?: readonly string[]
}

/** JSON Schema, and beside it what schema.ts says of words and options. */
export interface ParamShape {
  readonly type?: 'string' | 'boolean' | 'integer' | 'array' | 'object'
  readonly anyOf?: readonly { readonly const?: unknown }[]
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  /** A positional word, called so; or else the value of an option. */
  readonly word?: string
  readonly flag?: string
  /** `f`: a letter for the option. */
  readonly letter?: string
  /** How a string is read: names have parsers of their own. */
  readonly parse?: 'project' | 'user'
  /** It may be left out in a clone: a remote says it, or the name of the folder. */
  readonly inClone?: 'remote' | 'folder'
  /** Values stand between commas. */
  readonly split?: true
  /** Words from here on are another program's, options and all. */
  readonly passesOn?: true
  /** The word names a file (`-`: standard input), and the param is what is in it; unreadable it is this error. */
  readonly contents?: 'KEY_INVALID' | 'ENVIRONMENT_INVALID' | 'SETTING_INVALID' | 'USAGE'
  /** Settings of a project: `KEY=VALUE` each, keys of such, or what changes them as JSON. Each takes what is declared of it (setting-rights.ts). */
  readonly settings?: 'values' | 'keys' | 'merge' | 'patch'
  /** By HTTP, a body of this type is it; and a plain one that says these names and nothing else. */
  readonly media?: string
  readonly plainNames?: readonly string[]
  /** Typed as a bare option `--NAME-stdin`: the param is what comes by standard input, without the end of its line. */
  readonly stdin?: true
  /** What comes out of a file is bytes, which nobody reads as anything else. */
  readonly asIs?: true
  /** A path of the machine that does what is asked: nobody names it from another one. */
  readonly local?: true
  /** What the command line says where nothing is said: the folder it was called in. */
  readonly here?: true
}

export const told: readonly Told[] = requests.map(toldOf)

/** What a request does. In the product it comes without its shapes, which no command needs. */
export async function requestToRun(
  name: string,
): Promise<Pick<RequestDeclaration, 'name' | 'run' | 'stands'> & Partial<Pick<JobDeclaration<TObject>, 'begin'>>> {
  const found = requests.find(one => one.name === name)
  if (found === undefined) throw new Error(`No request ${name} is declared.`)
  return found
}

function toldOf({ name, does, example, params, http, right, kind, ...more }: RequestDeclaration): Told {
  const { more: further, own, local, typed, json, tooMany, paged, changes } = more
  const plain = JSON.parse(JSON.stringify(params)) as ParamsShape
  return {
    name,
    does,
    example,
    params: plain,
    http,
    right,
    kind,
    ...(further === undefined ? {} : { more: JSON.parse(JSON.stringify(further)) as Record<string, Further> }),
    ...(own === undefined ? {} : { own }),
    ...(local === undefined ? {} : { local }),
    ...(typed === undefined ? {} : { typed }),
    ...(json === undefined ? {} : { json }),
    ...(tooMany === undefined ? {} : { tooMany }),
    ...(paged === undefined ? {} : { paged }),
    ...(changes === undefined ? {} : { changes }),
  }
}
