/** The shapes that params and answers are made of: TypeBox, with what the command line has to know of each beside it. */
import { type SchemaOptions, Type } from '@sinclair/typebox'
import type { ProjectName } from '../kernel/names.ts'

const named = {
  pattern: '^[a-z][a-z0-9_-]{0,62}$',
  description: 'the project',
  word: 'NAME',
  parse: 'project',
}

/** The project: the first word, which may be left out in a clone of it. */
export const project = (more: SchemaOptions = {}) =>
  Type.Unsafe<ProjectName>(Type.String({ ...named, inClone: 'remote', ...more }))

/** The project, where it has to be typed. */
export const projectTyped = () => Type.Unsafe<ProjectName>(Type.String(named))

/** A user, by its name. */
export const user = () => Type.String({ word: 'NAME', description: 'the user', parse: 'user' })

/** What is typed by nobody: it comes by standard input, or in the body of what is asked. */
export const password = () =>
  Type.Optional(Type.String({ description: 'reads the password from standard input', stdin: true }))

/** A positional word. */
export const word = (name: string, description: string, more: SchemaOptions = {}) =>
  Type.String({ word: name, description, ...more })

export const wordThere = (name: string, description: string, more: SchemaOptions = {}) =>
  Type.Optional(word(name, description, more))

/** All words from here on: one at least. */
export const words = (name: string, description: string, more: SchemaOptions = {}) =>
  Type.Array(Type.String(), { word: name, description, ...more })

/** An option without a value. */
export const flag = (description: string, more: SchemaOptions = {}) =>
  Type.Optional(Type.Boolean({ description, ...more }))

/** An option with a value, called so. */
export const option = (value: string, description: string, more: SchemaOptions = {}) =>
  Type.Optional(Type.String({ flag: value, description, ...more }))

/** An option that may be given several times; with `split` once, its values between commas. */
export const options = (value: string, description: string, more: SchemaOptions = {}) =>
  Type.Optional(Type.Array(Type.String(), { flag: value, description, ...more }))

/** Nothing beside what is named: an answer is what it says, and what is asked is understood whole. */
export const object = <Properties extends Parameters<typeof Type.Object>[0]>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false })

export const text = (description?: string) => Type.String(description === undefined ? {} : { description })
export const nullable = <Shape extends Parameters<typeof Type.Optional>[0]>(shape: Shape) =>
  Type.Union([shape, Type.Null()])
export const oneOf = <const Words extends readonly string[]>(words: Words, more: SchemaOptions = {}) =>
  Type.Unsafe<Words[number]>(
    Type.Union(
      words.map(one => Type.Literal(one)),
      more,
    ),
  )
