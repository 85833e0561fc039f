/** Where programs are: root starts none by a bare name, which a folder of somebody else's on PATH could answer. */
import { accessSync, closeSync, constants, existsSync, lstatSync, openSync, readSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { isRoot } from './account.ts'

/** A program by its whole path. */
export type Program = `/${string}`

/** The folders of a machine that only root writes to. */
const systemFolders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'] as const
/** PATH for what corpus itself starts. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The whole path of a program. Root looks in the system's folders alone, and before them in those that CORPUS_PROGRAMS
 * names (a link to nowhere hides a program there); an ordinary user also on the own PATH. One that is not there is named as it would be: starting it fails and says so.
 */
export function program(name: string): Program {
  if (isAbsolute(name)) return name as Program
  const known = found.get(name)
  if (known !== undefined) return known
  const folders = [...(isRoot() ? [] : listed('PATH')), ...systemFolders]
  const folder =
    listed('CORPUS_PROGRAMS').find(one => lstatSync(join(one, name), { throwIfNoEntry: false })) ??
    folders.find(one => isExecutable(join(one, name)))
  if (folder === undefined) return `/usr/bin/${name}`
  const path = join(folder, name) as Program
  found.set(name, path)
  return path
}

/**
 * A program that a project names: it is looked up on the PATH of its command, behind the drop of rights. For what corpus
 * itself starts there is `program`.
 */
export const lookedUp = (name: string): Program => name as Program

/** Whether a program is on this machine, and can be started. */
export const hasProgram = (name: string): boolean => isExecutable(program(name)) && hasInterpreter(program(name))

/** Programs do not move while a process lives. */
const found = new Map<string, Program>()

const listed = (variable: string): string[] => (process.env[variable] ?? '').split(':').filter(isAbsolute)

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A script whose interpreter is gone is there, and cannot be started. */
function hasInterpreter(path: string): boolean {
  const head = Buffer.alloc(256)
  try {
    const file = openSync(path, 'r')
    try {
      const text = head.toString('latin1', 0, readSync(file, head))
      const interpreter = /^#![ \t]*(\S+)/.exec(text)?.[1]
      return interpreter === undefined || existsSync(interpreter)
    } finally {
      closeSync(file)
    }
  } catch {
    // Who may start it need not be allowed to read it.
    return true
  }
}
