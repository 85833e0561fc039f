/** The guards of a step: onlyif, unless and creates before its function, check_cmd after it. */

import type { StateTools } from '../context/tools.ts'
import { StateException } from '../definition/exceptions.ts'
import { traversed } from '../definition/traverse.ts'
import { textOf, truthOf } from '../definition/values.ts'
import type { Step } from '../language/step.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { type CommandOptions, commandOf, reportOf } from '../system/command.ts'
import { existsSync } from '../system/files.ts'

export interface GateVerdict {
  readonly skip: boolean
  readonly comment: string
}

/** What one guard found: `skip` undefined where it could not tell and lets the step run. */
interface Finding {
  readonly skip: boolean
  readonly comment?: string
}

/** Null where the step has no guards. */
export async function gate(step: Step, tools: StateTools): Promise<GateVerdict | null> {
  const args = step.arguments
  const findings: Finding[] = []
  if (args.has('onlyif')) findings.push(await onlyif(listOf(args.get('onlyif')), step, tools))
  if (args.has('unless')) findings.push(await unless(listOf(args.get('unless')), step, tools))
  if (args.has('creates')) findings.push(creates(args.get('creates') ?? null))
  if (findings.length === 0) return null
  return { skip: findings.some(({ skip }) => skip), comment: findings.map(({ comment }) => comment ?? '').join('\n') }
}

/** The verdict of check_cmd: the state's result and comment instead of its own. */
export async function checkCommand(
  step: Step,
  tools: StateTools,
): Promise<{ result: boolean; comment: string } | null> {
  const commands = step.arguments.get('check_cmd')
  if (commands === undefined || commands === null) return null
  for (const command of listOf(commands)) {
    if ((await statusOf(textOf(command), { inShell: true }, tools)) !== 0)
      return { result: false, comment: 'check_cmd determined the state failed' }
  }
  return { result: true, comment: 'check_cmd determined the state succeeded' }
}

/** All must succeed for the step to run. */
async function onlyif(entries: readonly Value[], step: Step, tools: StateTools): Promise<Finding> {
  let finding: Finding = { skip: false }
  for (const entry of entries) {
    const met = await conditionMet(entry, 'onlyif', step, tools)
    if (typeof met === 'string') finding = { skip: false, comment: met }
    else if (!met) return { skip: true, comment: 'onlyif condition is false' }
    else finding = { skip: false, comment: 'onlyif condition is true' }
    if (entry instanceof Dict && !entry.has('fun')) return finding
  }
  return finding
}

/** All must succeed for the step to be skipped. */
async function unless(entries: readonly Value[], step: Step, tools: StateTools): Promise<Finding> {
  let finding: Finding = { skip: false }
  for (const entry of entries) {
    const met = await conditionMet(entry, 'unless', step, tools)
    if (typeof met === 'string') return { skip: false, comment: met }
    if (!met) return { skip: false, comment: 'unless condition is false' }
    finding = { skip: true, comment: 'unless condition is true' }
  }
  return finding
}

function creates(paths: Value): Finding {
  if (typeof paths === 'string' && existsSync(paths)) return { skip: true, comment: `${paths} exists` }
  if (Array.isArray(paths) && paths.every(path => existsSync(textOf(path))))
    return { skip: true, comment: 'All files in creates exist' }
  return { skip: false, comment: 'Creates files not found' }
}

/** A text where the condition is of a shape that says nothing. */
async function conditionMet(
  entry: Value,
  guard: 'onlyif' | 'unless',
  step: Step,
  tools: StateTools,
): Promise<boolean | string> {
  if (typeof entry === 'string') return (await statusOf(entry, guardOptions(step), tools, guard)) === 0
  if (!(entry instanceof Dict)) {
    return guard === 'onlyif'
      ? 'onlyif execution failed, bad type passed'
      : 'unless condition is false, bad type passed'
  }
  const fun = entry.get('fun')
  if (fun === undefined) return `no \`fun\` argument in ${guard}: ${textOf(entry)}`
  const keywords = new Map<string, Value>()
  for (const [key, value] of entry)
    if (key !== 'fun' && key !== 'args' && key !== 'get_return') keywords.set(textOf(key), value)
  const answer = await tools.call(textOf(fun), listOf(entry.get('args')), keywords)
  const path = entry.get('get_return')
  return truthOf(path === undefined || path === null ? answer : traversed(answer, textOf(path)))
}

/** The state's own cwd, env, runas and shell hold for its guards too. */
function guardOptions(step: Step): CommandOptions {
  const text = (name: string) => {
    const value = step.arguments.get(name)
    return value === undefined || value === null ? null : textOf(value)
  }
  const timeout = text('timeout')
  return {
    inShell: true,
    cwd: text('cwd'),
    runas: text('runas'),
    shell: text('shell'),
    env: step.arguments.get('env') ?? null,
    prependPath: text('prepend_path'),
    umask: text('umask'),
    timeoutSeconds: timeout === null ? null : Number(timeout),
  }
}

async function statusOf(
  line: string,
  options: CommandOptions,
  tools: StateTools,
  guard?: 'onlyif' | 'unless',
): Promise<number> {
  try {
    const command = commandOf(line, options, tools)
    const ended = await tools.shell.run({ ...command, ...(tools.signal ? { signal: tools.signal } : {}) })
    tools.signal?.throwIfAborted()
    return reportOf(ended, command).retcode
  } catch (error) {
    // A guard that cannot be tried keeps the step from running.
    if (error instanceof StateException && guard) return guard === 'unless' ? 0 : 100
    throw error
  }
}

function listOf(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
