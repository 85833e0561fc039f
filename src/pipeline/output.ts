/** Draws the events of a deployment into its own log: the text that a pusher sees, and the events as JSON lines. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { DeploymentEvent, Emit, StampedEvent } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'

/** Slower steps say how long they took once they are done. */
const notableMilliseconds = 100

export interface Output {
  readonly emit: Emit
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
  return {
    emit(event) {
      write(events, `${JSON.stringify({ at: Date.now(), ...event } satisfies StampedEvent)}\n`)
      const drawn = draw(event, Date.now() - began)
      if (drawn !== '') write(text, drawn)
    },
    close() {
      closeSync(text)
      closeSync(events)
    },
  }
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
