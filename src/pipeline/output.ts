/** Draws the events of a deployment into its own log: the text that a pusher sees, and the events as JSON lines. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { faultFor } from '../kernel/errors.ts'
import type { DeploymentEvent, Emit, Fault, StampedEvent } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { type Scrubber, scrubber } from '../kernel/scrub.ts'

/** Slower steps say how long they took once they are done. */
const notableMilliseconds = 100
/** A longer one is shown in parts. */
const longestLine = 65_536
/** One that said what it did says that only from here on. */
const longMilliseconds = 1000

export interface Output {
  readonly emit: Emit
  /** Takes these out of everything that comes, also where it comes in pieces. */
  hide(secrets: Iterable<string>): void
  /** A fault without the secrets: it stands in the record, too. */
  scrubbed(fault: Fault): Fault
  close(): void
}

export interface Manner {
  readonly began?: number
  /** A procedure that did nothing has no line, nor has one that is skipped. */
  readonly isTerse?: boolean
  /** For so long a step may say nothing; then it is said that it goes on, and each time again. Default: 4 seconds. */
  readonly silentMilliseconds?: number
}

/** Writes to files only: nobody who reads them can hold the deployment up. On a full disk lines come late, and do not hold it up either. */
export function openOutput(layout: ProjectLayout, release: ReleaseId, manner: Manner = {}): Output {
  const { began = Date.now(), isTerse = false, silentMilliseconds = 4000 } = manner
  const files = layout.deployment(release)
  const text = openSync(files.output, 'a', 0o640)
  const events = openSync(files.events, 'a', 0o640)
  const [writeText, writeEvents] = [patientWriter(text), patientWriter(events)]
  const hidden = new Set<string>()
  let scrub: Scrubber | null = null
  const lines = linesOf(isTerse, writeText)
  const short = shortPaths(layout.release(release))
  const once = withoutRepetition()
  const take = (event: DeploymentEvent) =>
    lines.take(withShortPaths(once(event), short), Math.max(0, Date.now() - began))
  const patience = patienceOf(sentence => take({ type: 'note', level: 'info', text: sentence }), silentMilliseconds)
  const named = (fault: Fault): Fault => faultFor(fault, layout.name)
  const put = (told: DeploymentEvent) => {
    const event = told.type === 'fault' ? { ...told, fault: named(told.fault) } : told
    if (event.type !== 'state-begun')
      writeEvents(`${JSON.stringify({ at: Date.now(), ...event } satisfies StampedEvent)}\n`)
    patience.see(event)
    take(event)
  }
  /** The beginning of a line, the rest of which is held back: lines are shown whole. */
  let begun = ''
  /** What was held back of a command's output, because a secret may have begun there. */
  const flush = () => {
    const rest = begun + (scrub?.end() ?? '')
    begun = ''
    if (rest !== '') put({ type: 'output', text: rest })
  }
  return {
    emit(event) {
      if (scrub === null) put(event)
      else if (event.type === 'output') {
        const open = begun + scrub.piece(event.text)
        const end = open.length > longestLine ? open.length : open.lastIndexOf('\n') + 1
        begun = open.slice(end)
        if (end > 0) put({ type: 'output', text: open.slice(0, end) })
      } else {
        flush()
        put(withoutSecrets(event, scrub))
      }
    },
    hide(secrets) {
      const before = hidden.size
      for (const secret of secrets) hidden.add(secret)
      if (hidden.size === before) return
      flush()
      scrub = scrubber(hidden)
    },
    scrubbed: fault => (scrub === null ? named(fault) : faultWithoutSecrets(named(fault), scrub)),
    close() {
      flush()
      patience.end()
      lines.end()
      closeSync(text)
      closeSync(events)
    },
  }
}

/** So much waits for room; what comes on top of it is lost. */
const keptBytes = 1_000_000

/** What finds no room waits until the next line, before which it is written: with room again, nothing is missing. */
function patientWriter(file: number): (line: string) => void {
  let waits: Buffer | null = null
  return line => {
    let rest = waits === null ? Buffer.from(line) : Buffer.concat([waits, Buffer.from(line)])
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(file, rest))
      waits = null
    } catch {
      // no room for a log is no reason to fail
      waits = rest.subarray(0, keptBytes)
    }
  }
}

/** What a failed state said in its own line is not said again as the reason why the procedure failed. */
function withoutRepetition(): (event: DeploymentEvent) => DeploymentEvent {
  const told = new Set<string>()
  return event => {
    if (
      event.type === 'state' &&
      event.result === false &&
      !isSaidByRote(event) &&
      firstLine(event.comment) === event.comment
    )
      told.add(`${event.fun} ${event.id}: ${event.comment}`)
    if (event.type !== 'fault' || event.fault.code !== 'STATES_FAILED') return event
    const { detail, ...fault } = event.fault
    const rest = (detail ?? '').split('\n').filter(line => !told.has(line))
    return { ...event, fault: rest.join('') === '' ? fault : { ...fault, detail: rest.join('\n') } }
  }
}

/** Files of the release as they are called from its tree, where its commands run. */
function shortPaths(release: string): (text: string) => string {
  const tree = `${release}/project`
  return text =>
    text.includes(release)
      ? text.replaceAll(`${tree}/`, './').replaceAll(tree, '.').replaceAll(`${release}/`, '../')
      : text
}

/** What corpus says itself; what a command printed is its own. */
function withShortPaths(event: DeploymentEvent, short: (text: string) => string): DeploymentEvent {
  if (event.type === 'state') return { ...event, comment: short(event.comment) }
  if (event.type !== 'fault' || event.fault.code !== 'STATES_FAILED') return event
  const { detail } = event.fault
  return { ...event, fault: { ...event.fault, ...(detail && { detail: short(detail) }) } }
}

/** Says of a step that takes long and is silent that it goes on. */
function patienceOf(
  tell: (sentence: string) => void,
  silentMilliseconds: number,
): { see(event: DeploymentEvent): void; end(): void } {
  let doing: { readonly name: string; readonly since: number } | null = null
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    clearTimeout(timer)
    if (doing === null) return
    timer = setTimeout(() => {
      if (doing) tell(`${doing.name} goes on, ${Math.round((Date.now() - doing.since) / 1000)} s until now`)
      wait()
    }, silentMilliseconds).unref()
  }
  const begin = (name: string) => {
    doing = { name, since: Date.now() }
  }
  let procedure: string | null = null
  return {
    see(event) {
      if (event.type === 'procedure') {
        procedure = event.phase === 'begin' ? event.procedure : null
        doing = null
        if (procedure !== null) begin(procedure)
      } else if (event.type === 'state-begun') begin(event.id)
      else if (event.type === 'state' && procedure !== null) begin(procedure)
      else if (event.type === 'ended') doing = null
      wait()
    },
    end: () => clearTimeout(timer),
  }
}

/** Turns events into lines. A terse reader sees the name of a procedure with the first thing that it does, or when it takes long. */
export function linesOf(
  isTerse: boolean,
  write: (text: string) => void,
): { take(event: DeploymentEvent, milliseconds: number): void; end(): void } {
  let heading: string | null = null
  let timer: NodeJS.Timeout | undefined
  // Where something failed, what is left out on the way back is news.
  let isTold = false
  const tellHeading = () => {
    clearTimeout(timer)
    if (heading !== null) write(heading)
    heading = null
  }
  return {
    take(event, milliseconds) {
      const text = draw(event, milliseconds)
      if (event.type === 'fault') isTold = true
      if (event.type !== 'procedure' || !isTerse || (isTold && event.phase === 'skipped')) {
        if (text === '') return
        tellHeading()
        write(text)
      } else if (event.phase === 'begin') {
        tellHeading()
        heading = text
        timer = setTimeout(tellHeading, longMilliseconds).unref()
      } else if (event.phase === 'failed') {
        tellHeading()
        write(text)
      } else if (event.phase === 'done') {
        clearTimeout(timer)
        if (heading !== null || event.milliseconds >= longMilliseconds) write(text)
        heading = null
      }
    },
    end: () => clearTimeout(timer),
  }
}

/** Only where text of others stands: the words that programs read stay what they are. */
function withoutSecrets(event: DeploymentEvent, { text }: Pick<Scrubber, 'text'>): DeploymentEvent {
  switch (event.type) {
    case 'started':
      return event.subject ? { ...event, subject: text(event.subject) } : event
    case 'rollback':
      return { ...event, toName: event.toName && text(event.toName), fromName: event.fromName && text(event.fromName) }
    case 'note':
      return { ...event, text: text(event.text) }
    case 'state':
      return { ...event, id: text(event.id), comment: text(event.comment) }
    case 'state-begun':
      return { ...event, id: text(event.id) }
    case 'fault':
      return { ...event, fault: faultWithoutSecrets(event.fault, { text }) }
    default:
      return event
  }
}

function faultWithoutSecrets(fault: Fault, { text }: Pick<Scrubber, 'text'>): Fault {
  const { message, wayOut, detail } = fault
  return { ...fault, message: text(message), wayOut: text(wayOut), ...(detail && { detail: text(detail) }) }
}

/** The lines of one event, as a person reads them. A line that begins with error, warning, hint or success is coloured by the pusher's git, where it shows colours. */
function draw(event: DeploymentEvent, milliseconds: number): string {
  const at = seconds(milliseconds)
  switch (event.type) {
    case 'started':
      return `${at}  ${startedText(event)}\n`
    case 'procedure':
      if (event.phase === 'begin') return `${at}  ${event.procedure}\n`
      if (event.phase === 'skipped') return `${at}  * ${event.procedure}: skipped, ${event.because}\n`
      if (event.phase === 'failed') return `  error:  ${event.procedure} FAILED after ${duration(event.milliseconds)}\n`
      return event.milliseconds < notableMilliseconds
        ? ''
        : `${at}  ${event.procedure}: done in ${duration(event.milliseconds)}\n`
    case 'state':
      return stateText(event, at)
    case 'state-begun':
      return ''
    case 'note':
      if (event.level === 'warning' || event.level === 'error')
        return `${`${event.level}:`.padStart(8)}  ${event.text}\n`
      return `${at}    ${event.level === 'info' ? '' : `${event.level}: `}${event.text}\n`
    case 'output':
      return indented(event.text)
    case 'fault': {
      const detail = event.fault.detail ? indented(event.fault.detail) : ''
      return `  error:  ${event.fault.code}: ${event.fault.message}\n${detail}   hint:  ${event.fault.wayOut}\n`
    }
    case 'rollback': {
      const to = event.toName ?? event.to ?? 'the state before the first release'
      return `${at}  going back to ${to}${event.fromName ? `, from ${event.fromName}` : ''}\n`
    }
    case 'ended': {
      const name = event.runningName ?? event.running
      const url = event.url ? ` at ${event.url}` : ''
      if (event.state === 'succeeded') {
        const what = event.runningName ? `; ${event.runningName} runs` : ''
        return `success:  deployed in ${duration(event.milliseconds)}${url}${what}\n`
      }
      const sign = event.state === 'planned' || event.state === 'superseded' ? at : '  error:'
      return `${sign}  ${event.state.toUpperCase()}; ${name ? `${name} runs` : 'nothing runs'}${url}\n`
    }
  }
}

/** `shop v12 (final): Mend the cart (1a2b3c4d5e)`. The release's whole id stands above a push, and is said of anything else. */
function startedText(event: Extract<DeploymentEvent, { type: 'started' }>): string {
  const name = event.name ? ` ${event.name}` : ''
  const commit = event.commit?.slice(0, 10)
  const what = event.subject ? `: ${event.subject} (${commit})` : commit ? `, commit ${commit}` : ''
  const isPushed = event.kind === 'push' || event.kind === 'pillar'
  return `${event.project}${name} (${event.mode})${isPushed ? '' : `, release ${event.release}`}${what}`
}

/** What a state is called, and what it says; that a command ran, or a file was written, is said by its being here. */
function stateText(event: Extract<DeploymentEvent, { type: 'state' }>, at: string): string {
  if (event.result === true && !event.changed) return ''
  const said = isSaidByRote(event) ? event.id : `${event.id}: ${firstLine(event.comment)}`
  if (event.result === false) return `  error:    FAILED ${event.fun} ${said}\n`
  return `${at}    ${said}\n`
}

const isSaidByRote = ({ comment, result }: { readonly comment: string; readonly result: boolean | null }): boolean =>
  firstLine(comment) === '' ||
  /^Command ".*" run$/s.test(comment) ||
  (result === true && /^(File|Directory) \S+ updated$/.test(comment))

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2).padStart(7)}s`
const firstLine = (text: string) => (text.split('\n')[0] ?? '').slice(0, 300)
const indented = (text: string) =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map(line => `          | ${line}\n`)
    .join('')
