/** file.managed: a file with a content, an owner and a mode. */

import { randomBytes } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { commandOf, reportOf } from '../../system/command.ts'
import { readFileSync, rmSync } from '../../system/files.ts'
import { shellQuote } from '../../system/shell-words.ts'
import { accumulatorOf } from './accumulators.ts'
import { backupArgument, ownerArguments, sourceArguments, templateArguments } from './arguments.ts'
import { applyOwnership, modeText, type Ownership, ownerFault, ownershipOf, record, statsOf } from './attributes.ts'
import { contentsCount, contentsOf, templateContext } from './contents.ts'
import { loosen, wantsExtended, withExtended } from './extended.ts'
import { type Content, type ManagedFile, manageFile, previewed, previewFile } from './manage.ts'
import { faultText } from './os-error.ts'
import { putFile } from './put.ts'
import { chooseSource, fetchSource, type Source } from './source.ts'

export const managed = defineState({
  does: 'Makes a file with a content (from a source, or written in the state), an owner and a mode.',
  arguments: {
    ...sourceArguments,
    keep_source: { does: 'Accepted; sources are read where they are.', type: 'boolean', default: true },
    ...ownerArguments,
    mode: { does: 'The mode, octal; keep takes that of the source.', type: 'mode' },
    attrs: {
      does: 'The attributes that it has, as chattr(1) names them: i, a, d …; others are taken away.',
      type: 'text',
    },
    ...templateArguments,
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
    dir_mode: {
      does: 'The mode of folders that are made; default: that of the file, with entering allowed.',
      type: 'mode',
    },
    replace: { does: 'Whether a file that is there gets the content.', type: 'boolean', default: true },
    ...backupArgument,
    show_changes: { does: 'Shows a diff of what changed.', type: 'boolean', default: true },
    create: { does: 'Whether a file that is not there is made.', type: 'boolean', default: true },
    contents: { does: 'The content: a text, or a list of lines.', type: 'any' },
    contents_pillar: { does: 'The content is this value of the pillar.', type: 'text or list' },
    contents_grains: { does: 'The content is this value of the grains.', type: 'text or list' },
    contents_newline: { does: 'Ends the content with a line break.', type: 'boolean', default: true },
    contents_delimiter: { does: 'What separates the parts of contents_pillar.', type: 'text', default: ':' },
    encoding: { does: 'How the text is encoded; default UTF-8.', type: 'text' },
    encoding_errors: { does: 'Accepted.', type: 'text', default: 'strict' },
    allow_empty: { does: 'Whether contents may be empty.', type: 'boolean', default: true },
    follow_symlinks: { does: 'Changes what a link points to, not the link.', type: 'boolean', default: true },
    check_cmd: {
      does: 'A command that judges the new text: the name of a file that holds it is added at its end.',
      type: 'text',
    },
    tmp_dir: { does: 'Where that file is made.', type: 'path', default: '' },
    tmp_ext: { does: 'What the name of that file ends with.', type: 'text', default: '' },
    selinux: { does: 'Its context under SELinux: seuser, serole, setype, serange.', type: 'mapping' },
  },
  otherArguments: 'Other arguments are names that the template sees.',
  run: runManaged,
  examples: [
    {
      title: 'A configuration file',
      sls: 'conf:\n  file.managed:\n    - name: {{ root }}/etc/app.conf\n    - makedirs: true\n    - mode: "0640"\n    - contents: |\n        port = 80\n',
    },
  ],
})

async function runManaged(call: StateCall): Promise<StateReturn> {
  const made = await manage(call)
  const outcome = wantsExtended(call) ? await withExtended(call, targetOf(call), made) : made
  const warnings = call.args.others.has('file_mode')
    ? ["The 'file_mode' argument will be ignored.  Please use 'mode' instead to set file permissions."]
    : []
  return warnings.length ? { ...outcome, warnings: [...(outcome.warnings ?? []), ...warnings] } : outcome
}

/** The name, with the home folder for ~. */
function targetOf({ name }: StateCall): string {
  return name.replace(/^~(?=\/|$)/, process.env['HOME'] ?? '~')
}

async function manage(call: StateCall): Promise<StateReturn> {
  const { args, tools, test } = call
  const path = targetOf(call)
  const fault = argumentFault(call)
  if (fault) return failed(fault)
  const contents = contentsOf(call)
  if ('fault' in contents) return failed(contents.fault)
  const ownership = ownershipOf(args)
  const refusal = targetFault(call, path, ownership)
  if (refusal) return refusal
  const anyContent = contentsCount(call) === 0 && args.value('source') === null
  if ((anyContent || !args.flag('replace')) && statsOf(path)) return ownershipOnly(call, path, ownership)
  try {
    const made = await contentOf(call, path, contents.text)
    if ('fault' in made) return failed(made.fault)
    const file = managedFile(call, path, made.content, { ...ownership, mode: made.mode ?? ownership.mode })
    if (test) return previewed(path, previewFile(file))
    const judged = await judge(call, file)
    if (judged) return judged
    await loosen(call, path)
    return manageFile(file)
  } catch (error) {
    tools.signal?.throwIfAborted()
    const text = faultText(error)
    return failed(test && text.startsWith('none of') ? text : `Unable to manage file: ${text}`)
  }
}

function argumentFault(call: StateCall): string | null {
  const { args } = call
  const count = contentsCount(call)
  const words = "'contents', 'contents_pillar', or 'contents_grains'"
  if (args.value('source') !== null && args.value('source') !== '' && count > 0)
    return `'source' cannot be used in combination with ${words}`
  if (args.mode('mode') === 'keep' && count > 0) return `Mode preservation cannot be used in combination with ${words}`
  if (count > 1) return "Only one of 'contents', 'contents_pillar', and 'contents_grains' is permitted"
  return null
}

function targetFault(call: StateCall, path: string, ownership: Ownership): StateReturn | null {
  const { args, tools, test } = call
  if (!args.flag('create') && !statsOf(path)?.isFile())
    return succeeded(`File ${path} is not present and is not set for creation`)
  const owners = ownerFault(tools.shell, ownership, test)
  if (owners) return failed(owners)
  if (!isAbsolute(path)) return failed(`Specified file ${path} is not an absolute path`)
  if (statsOf(path)?.isDirectory()) return failed(`Specified target ${path} is a directory`)
  const { context, defaults } = { context: args.value('context'), defaults: args.value('defaults') }
  if (context !== null && !(context instanceof Dict)) return failed('Context must be formed as a dict')
  if (defaults !== null && !(defaults instanceof Dict)) return failed('Defaults must be formed as a dict')
  return null
}

/** The content is right as it is: only owner and mode are looked at. */
function ownershipOnly(call: StateCall, path: string, ownership: Ownership): StateReturn {
  const { args, tools, test } = call
  const options = { test, followLinks: args.flag('follow_symlinks') }
  const applied = applyOwnership(tools.shell, path, ownership, options)
  const changes = new Dict()
  record(changes, applied)
  if (test) {
    const modeChanges = ownership.mode !== null && applied.before.mode !== ownership.mode
    const comment = modeChanges
      ? `File ${path} will be updated with permissions ${ownership.mode} from its current state of ${applied.before.mode}`
      : `File ${path} not updated`
    return { result: changes.size ? null : true, changes, comment }
  }
  if (applied.faults.length) return failed(applied.faults.join('; '), changes)
  const comment = changes.size ? '' : `File ${path} exists with proper permissions. No changes made.`
  return { result: true, changes, comment }
}

type Made = { readonly content: Content | null; readonly mode?: string } | { readonly fault: string }

async function contentOf(call: StateCall, path: string, text: string | Uint8Array | null): Promise<Made> {
  const { args, tools } = call
  const engine = args.textOrNone('template')
  if (engine && engine !== 'jinja') return { fault: `Specified template format ${engine} is not supported` }
  if (text !== null) {
    if (engine && typeof text !== 'string') {
      const what = 'Contents specified by contents/contents_pillar/contents_grains appears to be binary data'
      return { fault: `${what}, and as will not be able to be treated as a Jinja template.` }
    }
    const rendered = engine ? await render(call, path, '<contents>', String(text), engine) : text
    return { content: { bytes: encoded(rendered, args.textOrNone('encoding')), fromSource: false } }
  }
  const wanted = chooseSource(args.value('source'), args.textOrNone('source_hash') || null, tools)
  if (!wanted) return { content: null }
  const options = {
    skipVerify: args.flag('skip_verify'),
    hashName: args.textOrNone('source_hash_name'),
    target: path,
  }
  const source = fetchSource(wanted, tools, options)
  if (typeof source === 'string') return { fault: source }
  const keeps = args.mode('mode') === 'keep' ? { mode: modeText(statsOf(source.file)?.mode ?? 0o644) } : {}
  return { content: { bytes: await sourceBytes(call, path, source, engine), fromSource: true }, ...keeps }
}

async function sourceBytes(call: StateCall, path: string, source: Source, engine: string | null): Promise<Buffer> {
  const bytes = readFileSync(source.file)
  if (!engine) return bytes
  return Buffer.from(await render(call, path, source.address, bytes.toString('utf8'), engine))
}

function render(call: StateCall, path: string, address: string, text: string, engine: string): Promise<string> {
  const { args, tools } = call
  const context = templateContext(call, {
    name: path,
    source: args.value('source') === null ? null : address,
    user: args.value('user'),
    group: args.value('group'),
    mode: args.value('mode'),
    attrs: null,
    saltenv: 'base',
  })
  const accumulator = accumulatorOf(tools.memory, path)
  if (accumulator) context.set('accumulator', accumulator)
  const file = address.startsWith('salt://') ? (tools.files.find(address) ?? address) : address
  return tools.render({ path: file, text }, context, engine)
}

function encoded(text: string | Uint8Array, encoding: string | null): Buffer {
  if (typeof text !== 'string') return Buffer.from(text)
  const name = (encoding ?? 'utf-8').toLowerCase().replaceAll('_', '-')
  if (name === 'utf-8' || name === 'utf8') return Buffer.from(text)
  if (['latin-1', 'latin1', 'iso-8859-1'].includes(name)) return Buffer.from(text, 'latin1')
  if (name === 'ascii' && /^[\x00-\x7f]*$/.test(text)) return Buffer.from(text)
  if (['utf-16-le', 'utf-16le'].includes(name)) return Buffer.from(text, 'utf16le')
  throw new Error(`unknown encoding: ${encoding}`)
}

function managedFile(call: StateCall, path: string, content: Content | null, ownership: Ownership): ManagedFile {
  const { args, tools } = call
  return {
    shell: tools.shell,
    path,
    content,
    ownership,
    folderMode: args.mode('dir_mode'),
    makeFolders: args.flag('makedirs'),
    followLinks: args.flag('follow_symlinks'),
    showChanges: args.flag('show_changes'),
    backupFolder: backupFolder(call, args.value('backup')),
  }
}

export function backupFolder(call: StateCall, backup: Value): string | null {
  return backup === 'minion' || backup === 'both'
    ? join(textOf(call.tools.opts.get('cachedir') ?? call.tools.scratch()), 'file_backup')
    : null
}

/** Lets check_cmd judge a file with the new text, where the text changes; null where it may be put in place. */
async function judge(call: StateCall, file: ManagedFile): Promise<StateReturn | null> {
  const { args, tools } = call
  const check = args.textOrNone('check_cmd')
  if (!check || !file.content) return null
  const there = statsOf(file.path)
  if (there && readFileSync(file.path).equals(file.content.bytes)) return null
  const folder = args.textOrNone('tmp_dir') || tools.scratch()
  const trial = join(folder, `check-${randomBytes(6).toString('hex')}${args.text('tmp_ext')}`)
  try {
    putFile(trial, file.content.bytes, { mode: 0o600 })
    applyOwnership(tools.shell, trial, file.ownership, { test: false })
    const command = commandOf(`${check} ${shellQuote(trial)}`, { inShell: true }, tools)
    const report = reportOf(await tools.shell.run(command), command)
    tools.signal?.throwIfAborted()
    if (report.retcode === 0) return null
    const said = [report.stdout, report.stderr].filter(text => text !== '').map(text => `\n${text}`)
    return { ...failed(`check_cmd execution failed${said.join('')}`), skipWatch: true }
  } finally {
    rmSync(trial, { force: true })
  }
}
