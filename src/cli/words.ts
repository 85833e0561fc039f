/** The words behind a command, given to its arguments; where NAME is left out, the clone that one stands in says it. */
import { existsSync } from 'node:fs'
import { projectOfClone } from '../controller/clone.ts'
import type { Context } from '../controller/context.ts'
import { CorpusError } from '../kernel/errors.ts'
import { projectLayout } from '../kernel/layout.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import type { CommandDefinition } from './command.ts'

/** One for each argument, in order, and then what further words there are for the last. Throws USAGE. */
export async function argumentWords(
  definition: CommandDefinition,
  words: readonly string[],
  context: Context,
): Promise<(string | undefined)[]> {
  const wanted = definition.arguments ?? []
  const given = takesProject(definition) ? await withProject(definition, words, context) : [...words]
  // What stands behind `--` is another program's all the same.
  if (definition.passesOn && given[1] === '--') given.splice(1, 1)
  const missing = wanted.slice(given.length).find(argument => !argument.startsWith('['))
  if (missing !== undefined) throw new CorpusError('USAGE', `${missing.replace(/\.\.\.$/, '')} is missing.`)
  const takesMore = /\.\.\.\]?$/.test(wanted.at(-1) ?? '')
  if (!takesMore && given.length > wanted.length)
    throw new CorpusError('USAGE', `${shown(given[wanted.length] ?? '')} is one word too many.`)
  return given
}

/** Whether NAME may be left out in a clone. */
export const takesProject = ({ arguments: wanted, isNamed }: CommandDefinition): boolean =>
  wanted?.[0] === 'NAME' && !isNamed

/** A first word that names a project is NAME; any other is, too, where there is nothing else that it could be. */
async function withProject(
  { arguments: wanted = [] }: CommandDefinition,
  words: readonly string[],
  context: Context,
): Promise<string[]> {
  const [first] = words
  if (first === undefined) return [await projectOfClone(context, process.cwd())]
  if (wanted.length === 1 || isProject(context, first)) return [...words]
  try {
    return [await projectOfClone(context, process.cwd()), ...words]
  } catch (error) {
    if (isProjectName(first)) return [...words]
    throw error
  }
}

const isProject = ({ root }: Context, word: string): boolean =>
  isProjectName(word) && existsSync(projectLayout(root, word).projectGit)
