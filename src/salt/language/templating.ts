/** Renders templates with what SLS files and managed files see: salt, pillar, grains, opts, cfg and their own names. */

import { dirname, join } from 'node:path'
import type { TemplateSource } from '../context/tools.ts'
import type { World } from '../context/world.ts'
import { StateException } from '../definition/exceptions.ts'
import { textOf } from '../definition/values.ts'
import { createTemplates, type Source, TemplateError, type Templates } from '../jinja/index.ts'
import type { Dict } from '../python/dict.ts'
import { PyError } from '../python/error.ts'
import type { Value } from '../python/value.ts'
import { readFileSync, statSync } from '../system/files.ts'

export interface Templating {
  /** Renders an SLS; `names` are sls, tpldir and their kin. Throws a TemplateError. */
  renderSls(source: Source, names: ReadonlyMap<string, Value>): string
  /** Renders the text of a managed file. Throws a StateException in the words of Salt. */
  renderFile(source: TemplateSource, context: Dict, engine?: string): string
}

const timeLimitSeconds = 60

export function createTemplating(world: World): Templating {
  const globals = globalsOf(world)
  const options = { load: loaderOf(world), timeLimitSeconds: world.input.templateTimeoutSeconds ?? timeLimitSeconds }
  let files: Templates | undefined
  return {
    renderSls: (source, names) =>
      createTemplates({ ...options, globals: new Map([...globals, ...names]) }).render(source, new Map()),
    renderFile: (source, context, engine = 'jinja') => {
      if (engine !== 'jinja') throw new StateException('KeyError', `'${engine}'`)
      files ??= createTemplates({ ...options, globals })
      try {
        return files.render(source, new Map([...context].map(([key, value]) => [textOf(key), value])))
      } catch (error) {
        if (error instanceof TemplateError)
          throw new StateException('salt.exceptions.SaltRenderError', templateFaultText(error, source.path))
        throw error
      }
    },
  }
}

/** Whether a text can be anything but itself after rendering. */
export function hasTemplate(text: string): boolean {
  return /\{[{%#]/.test(text)
}

/** In the words of Salt: what kind of fault, the line, and the lines around it. */
export function templateFaultText(error: TemplateError, path: string): string {
  const what = `${faultWords(error)}${error.message}`
  return error.path === path
    ? `${what}; line ${error.line}\n\n---\n${error.excerpt}\n---`
    : `${what}\n${error.path}(${error.line}):\n---\n${error.excerpt}\n---`
}

function faultWords(error: TemplateError): string {
  if (error.kind === 'syntax') return 'Jinja syntax error: '
  if (error.kind === 'undefined') return 'Jinja variable '
  const { cause } = error
  const ofFunction = cause instanceof PyError && /Execution|Invocation/.test(cause.type)
  return ofFunction ? 'Problem running salt function in Jinja template: ' : 'Jinja error: '
}

function globalsOf(world: World): Map<string, Value> {
  const globals = new Map<string, Value>([
    ['salt', world.functions.salt],
    ['pillar', world.pillar],
    ['grains', world.grains],
    ['opts', world.opts],
    ['saltenv', 'base'],
    ['env', 'base'],
    ['proxy', null],
  ])
  if (world.cfg) globals.set('cfg', world.cfg)
  return globals
}

function loaderOf(world: World): (name: string, from: Source) => Source | null {
  return (name, from) => {
    const beside = /^\.{1,2}\//.test(name) ? join(dirname(from.path), name) : null
    const path = beside === null ? world.files.find(name) : world.files.holds(beside) ? beside : null
    if (path === null || !statSync(path, { throwIfNoEntry: false })?.isFile()) return null
    return { path, text: readFileSync(path, 'utf8') }
  }
}
