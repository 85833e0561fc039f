/** Draws the events of a deployment into its own log: the text that a pusher sees, and the events as JSON lines. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { DeploymentEvent, Emit, Fault, StampedEvent } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { type Scrubber, scrubber } from '../kernel/scrub.ts'

/** Slower steps say how long they took once they are done. */
const notableMilliseconds = 100

export interface Output {
  readonly emit: Emit
  /** Takes these out of everything that comes, also where it comes in pieces. */
  hide(secrets: Iterable<string>): void
  /** A fault without the secrets: it stands in the record, too. */
  scrubbed(fault: Fault): Fault
  close(): void
}

/** Writes to files only: nobody who reads them can hold the deployment up. A full disk loses lines, not the deployment. */
export function openOutput(layout: ProjectLayout, release: ReleaseId, began = Date.now()): Output {
  const files = layout.deployment(release)
  const text = openSync(files.output, 'a', 0o644)
  const events = openSync(files.events, 'a', 0o644)
  const write = (file: number, line: string) => {
    try {
      writeSync(file, line)
    } catch {
      // no room for a log is no reason to fail
    }
  }
  const hidden = new Set<string>()
  let scrub: Scrubber | null = null
  const put = (event: DeploymentEvent) => {
    write(events, `${JSON.stringify({ at: Date.now(), ...event } satisfies StampedEvent)}\n`)
    const drawn = draw(event, Date.now() - began)
    if (drawn !== '') write(text, drawn)
  }
  /** What was held back of a command's output, because a secret may have begun there. */
  const flush = () => {
    const rest = scrub?.end()
    if (rest) put({ type: 'output', text: rest })
  }
  return {
    emit(event) {
      if (scrub === null) put(event)
      else if (event.type === 'output') {
        const open = scrub.piece(event.text)
        if (open !== '') put({ type: 'output', text: open })
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
    scrubbed: fault => (scrub === null ? fault : faultWithoutSecrets(fault, scrub)),
    close() {
      flush()
      closeSync(text)
      closeSync(events)
    },
  }
}

/** Only where text of others stands: the words that programs read stay what they are. */
function withoutSecrets(event: DeploymentEvent, { text }: Pick<Scrubber, 'text'>): DeploymentEvent {
  switch (event.type) {
    case 'note':
      return { ...event, text: text(event.text) }
    case 'state':
      return { ...event, id: text(event.id), comment: text(event.comment) }
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

/** The lines of one event, as a person reads them. */
export function draw(event: DeploymentEvent, milliseconds: number): string {
  const at = seconds(milliseconds)
  switch (event.type) {
    case 'started':
      return `${at}  ${event.project} (${event.mode}), release ${event.release}${event.commit ? `, commit ${event.commit.slice(0, 10)}` : ''}\n`
    case 'procedure':
      if (event.phase === 'begin') return `${at}  ${event.procedure}\n`
      if (event.phase === 'skipped') return `${at}  ${event.procedure}: skipped, ${event.because}\n`
      if (event.phase === 'failed') return `${at}  ${event.procedure} FAILED after ${duration(event.milliseconds)}\n`
      return event.milliseconds < notableMilliseconds
        ? ''
        : `${at}  ${event.procedure}: done in ${duration(event.milliseconds)}\n`
    case 'state':
      if (event.result === true && !event.changed) return ''
      return `${at}    ${event.result === false ? 'FAILED ' : ''}${event.fun} ${event.id}: ${firstLine(event.comment)}\n`
    case 'note':
      return `${at}    ${event.level === 'info' ? '' : `${event.level}: `}${event.text}\n`
    case 'output':
      return indented(event.text)
    case 'fault': {
      const detail = event.fault.detail ? indented(event.fault.detail) : ''
      return `${at}  ${event.fault.code}: ${event.fault.message}\n${detail}${at}    ${event.fault.wayOut}\n`
    }
    case 'rollback':
      return `${at}  going back to ${event.to ?? 'the state before the first release'}\n`
    case 'ended': {
      const running = event.running ? `; ${event.running} runs` : '; nothing runs'
      const url = event.url ? ` at ${event.url}` : ''
      return `${at}  ${event.state === 'succeeded' ? `deployed in ${duration(event.milliseconds)}${url}` : `${event.state.toUpperCase()}${running}${url}`}\n`
    }
  }
}

export function duration(milliseconds: number): string {
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
