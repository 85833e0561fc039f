import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fromJson } from '../../../src/configuration/json.ts'
import type { EndState } from '../../../src/kernel/events.ts'
import { meansOf } from '../../../src/notify/means.ts'
import { headline, type Notice, textOfNotice } from '../../../src/notify/notice.ts'
import { type Sending, sendNotice } from '../../../src/notify/send.ts'
import { signature } from '../../../src/notify/webhook.ts'
import { localShell as shell } from '../../../src/shell/local.ts'

const notice: Notice = {
  project: 'shop',
  state: 'rolled back',
  mode: 'cooking',
  kind: 'push',
  release: '20260101T000000000Z-x',
  commit: 'c0ffee0123456789',
  pillar_commit: null,
  branch: 'master',
  by: 'ann',
  host: 'box',
  started_at: '2026-01-01T00:00:00Z',
  seconds: 12.34,
  procedure: 'build',
  fault: {
    code: 'STATE_FAILED',
    message: 'The state build failed with hunter22.',
    wayOut: 'Mend <it> & push.',
    detail: 'npm says: hunter22 é',
  },
  running: '20251231T000000000Z-y',
  url: 'https://shop.example',
}
const send = (notifications: object, more: Partial<Sending> = {}) =>
  sendNotice({
    shell,
    notifications: fromJson(notifications),
    notice,
    secrets: ['hunter22'],
    backOffSeconds: 0.01,
    timeoutSeconds: 2,
    ...more,
  })

describe('webhooks', () => {
  let server: Server
  let url = ''
  let seen: { headers: IncomingMessage['headers']; body: string }[] = []
  let answer: (response: ServerResponse, count: number) => void
  beforeEach(async () => {
    seen = []
    answer = response => response.end('ok')
    server = createServer((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', piece => pieces.push(piece))
      request.on('end', () => {
        seen.push({ headers: request.headers, body: Buffer.concat(pieces).toString() })
        answer(response, seen.length)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?x=1`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })

  test('get the whole notice, signed, and without secrets', async () => {
    expect(await send({ webhook: { url, secret: 'k3y' } })).toEqual([
      { to: `webhook ${new URL(url).origin}`, attempts: 1, error: null },
    ])
    const { headers, body } = seen[0] as (typeof seen)[0]
    expect(headers['x-corpus-signature']).toBe(signature('k3y', String(headers['x-corpus-timestamp']), body))
    expect(headers['x-corpus-signature']).toMatch(/^sha256=[0-9a-f]{64}$/)
    expect(JSON.parse(body)).toMatchObject({
      event: 'deployment',
      project: 'shop',
      state: 'rolled back',
      fault: { code: 'STATE_FAILED' },
      seconds: 12.34,
    })
    expect(body).not.toContain('hunter22')
    expect(body).toContain('é')
  })

  test('without a secret are not signed', async () => {
    await send({ webhook: url })
    expect(seen[0]?.headers).not.toHaveProperty('x-corpus-signature')
  })

  test('that fail are tried again as the same delivery, and then given up', async () => {
    answer = (response, count) => response.writeHead(count < 3 ? 503 : 204).end()
    expect(await send({ webhook: url })).toMatchObject([{ attempts: 3, error: null }])
    expect(new Set(seen.map(({ headers }) => headers['x-corpus-delivery'])).size).toBe(1)
    answer = response => response.writeHead(500).end()
    expect(await send({ webhook: url })).toMatchObject([{ attempts: 3, error: 'it answers 500' }])
  })

  test('that refuse are not asked again', async () => {
    answer = response => response.writeHead(403).end()
    expect(await send({ webhook: url })).toMatchObject([{ attempts: 1, error: 'it answers 403' }])
    answer = response => response.writeHead(302, { location: '/' }).end()
    expect(await send({ webhook: url })).toMatchObject([{ attempts: 1, error: 'it answers 302' }])
  })

  test('that never answer are given up in time', async () => {
    answer = () => {}
    expect(await send({ webhook: url }, { timeoutSeconds: 0.2, attempts: 2 })).toMatchObject([
      { attempts: 2, error: 'it took longer than 0.2 seconds' },
    ])
  })

  test('are stopped when the sending is cancelled', async () => {
    answer = () => {}
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    expect(await send({ webhook: url }, { signal: stop.signal, timeoutSeconds: 60 })).toMatchObject([
      { attempts: 1, error: expect.any(String) },
    ])
  })

  test('of Slack get a message with its markup escaped', async () => {
    expect(await send({ slack: url })).toMatchObject([{ error: null }])
    const message = JSON.parse(seen[0]?.body ?? '')
    expect(message.text).toBe('shop: rolled back (master c0ffee0123 by ann)')
    expect(message.attachments[0]).toMatchObject({
      color: 'danger',
      text: expect.stringContaining('Mend &lt;it&gt; &amp; push.'),
    })
    expect(seen[0]?.body).not.toContain('hunter22')
  })

  test('are all told, whatever becomes of the others, and only of the ends they want', async () => {
    const dead = 'http://127.0.0.1:1/'
    const notifications = {
      on: ['failed'],
      webhook: [{ url: dead, on: 'rolled_back' }, { url, on: ['rolled back'] }, url],
      command: ['/bin/false'],
      slack: dead,
    }
    const deliveries = await send(notifications)
    expect(deliveries).toMatchObject([{ error: expect.stringContaining('ECONNREFUSED') }, { error: null }])
    expect(seen).toHaveLength(1)
  })

  test('are told of every way a deployment can end', async () => {
    const states: EndState[] = [
      'succeeded',
      'failed',
      'rolled back',
      'rollback failed',
      'cancelled',
      'interrupted',
      'superseded',
    ]
    for (const state of states) await send({ webhook: url }, { notice: { ...notice, state } })
    expect(seen.map(({ body }) => JSON.parse(body).state)).toEqual(states)
  })
})

describe('a command', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'corpus-notify-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const script = (text: string) => {
    writeFileSync(join(folder, 'tell'), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    return join(folder, 'tell')
  }

  test('gets the notice on its standard input, and its words as they are', async () => {
    const argv = [
      script('cat >"$1"; echo "$CORPUS_PROJECT $CORPUS_STATE $SECRET_OF_OURS" >>"$1"'),
      join(folder, 'a b; $(x)'),
    ]
    process.env['SECRET_OF_OURS'] = 'leaked'
    expect(await send({ command: argv })).toEqual([{ to: `command ${argv[0]}`, attempts: 1, error: null }])
    delete process.env['SECRET_OF_OURS']
    const [json, words] = readFileSync(argv[1] ?? '', 'utf8').split('\n')
    expect(JSON.parse(json ?? '')).toMatchObject({
      event: 'deployment',
      project: 'shop',
      fault: { message: 'The state build failed with ********.' },
    })
    expect(words).toBe('shop rolled back ')
  })

  test('that fails is tried again, and its last words are told', async () => {
    const argv = [script('echo x >>"$1"; echo "no luck with hunter22" >&2; exit 3'), join(folder, 'count')]
    expect(await send({ command: { argv } })).toMatchObject([
      { attempts: 3, error: 'it ended with 3: no luck with ********' },
    ])
    expect(readFileSync(argv[1] ?? '', 'utf8')).toBe('x\nx\nx\n')
  })

  test('that reads nothing, or is not there, or hangs, fails no deployment', async () => {
    expect(await send({ command: ['/bin/true'] })).toMatchObject([{ error: null }])
    expect(await send({ command: ['/nowhere/tell'] })).toMatchObject([
      { attempts: 1, error: '/nowhere/tell is not installed' },
    ])
    expect(await send({ command: [script('sleep 60')] }, { timeoutSeconds: 0.2, attempts: 1 })).toMatchObject([
      { error: 'it took longer than 0.2 seconds' },
    ])
  })
})

describe('mail', () => {
  let server: TcpServer
  let smtp = ''
  let heard: string[] = []
  let mails: string[] = []
  let refuse: (line: string) => string | undefined
  beforeEach(async () => {
    heard = []
    mails = []
    refuse = () => undefined
    server = createTcpServer(socket => converse(socket))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    smtp = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => new Promise<unknown>(resolve => server.close(resolve)))

  /** As much of a mail server as RFC 5321 asks of one that takes everything. */
  function converse(socket: Socket) {
    let rest = ''
    let mail: string[] | undefined
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 test ESMTP')
    socket.on('error', () => {})
    socket.on('data', piece => {
      const lines = (rest + piece.toString()).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (mail && line === '.') {
          mails.push(mail.join('\n'))
          mail = undefined
          say('250 taken')
        } else if (mail) mail.push(line.replace(/^\.\./, '.'))
        else {
          heard.push(line)
          const refusal = refuse(line)
          if (refusal !== undefined) say(refusal)
          else if (/^EHLO/.test(line)) say('250-test\r\n250 AUTH PLAIN')
          else if (/^AUTH/.test(line)) say('235 welcome')
          else if (line === 'DATA') {
            mail = []
            say('354 go on')
          } else if (line === 'QUIT') socket.end('221 bye\r\n')
          else say('250 ok')
        }
      }
    })
  }

  test('arrives by SMTP, for each of those named, without secrets', async () => {
    const to = ['ops@example.org', 'Ann <ann@example.org>']
    const deliveries = await send({
      mail: { to, from: 'corpus@example.org', smtp: smtp.replace('//', '//me:p%40ss@') },
    })
    expect(deliveries).toEqual([{ to: `mail to ${to.join(', ')}`, attempts: 1, error: null }])
    expect(heard.filter(line => /^(MAIL|RCPT)/.test(line)).map(line => line.replace(/ (SIZE|BODY).*/, ''))).toEqual([
      'MAIL FROM:<corpus@example.org>',
      'RCPT TO:<ops@example.org>',
      'RCPT TO:<ann@example.org>',
    ])
    expect(heard.find(line => line.startsWith('AUTH'))).toBe(
      `AUTH PLAIN ${Buffer.from('\0me\0p@ss').toString('base64')}`,
    )
    expect(mails[0]).toContain('Subject: [corpus] shop: rolled back (master c0ffee0123 by ann)')
    expect(mails[0]).toContain('Auto-Submitted: auto-generated')
    expect(mails[0]).not.toContain('hunter22')
  })

  test('is tried again when the server is busy, and not when it refuses', async () => {
    let count = 0
    refuse = line => (line.startsWith('RCPT') && ++count < 3 ? '451 later' : undefined)
    expect(await send({ mail: { to: 'a@b.org', smtp } })).toMatchObject([{ attempts: 3, error: null }])
    refuse = line => (line.startsWith('RCPT') ? '550 nobody here' : undefined)
    expect(await send({ mail: { to: 'a@b.org', smtp } })).toMatchObject([
      { attempts: 1, error: expect.stringContaining('550') },
    ])
  })

  test('that nobody takes is given up', async () => {
    expect(await send({ mail: { to: 'a@b.org', smtp: 'smtp://127.0.0.1:1' } }, { attempts: 2 })).toMatchObject([
      { attempts: 2, error: expect.any(String) },
    ])
  })

  test('cannot have lines put into its head', async () => {
    const hostile = { ...notice, by: 'ann\r\nBcc: all@example.org', project: 'shop' }
    await send({ mail: { to: 'a@b.org', smtp } }, { notice: hostile })
    expect(mails[0]?.slice(0, mails[0].indexOf('\n\n'))).not.toMatch(/^Bcc:/m)
    expect(heard.filter(line => line.startsWith('RCPT'))).toHaveLength(1)
  })
})

describe('the configuration of notifications', () => {
  test('may be left out, and be short', () => {
    expect(meansOf(undefined)).toEqual([])
    expect(meansOf(fromJson({ mail: 'a@b.org', command: ['/bin/tell', '-x'] }))).toMatchObject([
      { kind: 'mail', to: ['a@b.org'], from: 'corpus@localhost', smtp: 'smtp://localhost:25' },
      { kind: 'command', argv: ['/bin/tell', '-x'] },
    ])
    expect(meansOf(fromJson({ mail: ['a@b.org', 'c@d.org'] }))).toMatchObject([{ to: ['a@b.org', 'c@d.org'] }])
  })
  test('that is wrong is told with all its faults, and fails no deployment', async () => {
    const wrong = {
      pigeon: 1,
      mail: { to: 'nobody', smtp: 'http://x' },
      webhook: 'ftp://x',
      slack: 3,
      command: 'tell',
      on: 'friday',
    }
    expect(() => meansOf(fromJson(wrong))).toThrow(expect.objectContaining({ code: 'NOTIFICATION_INVALID' }))
    try {
      meansOf(fromJson(wrong))
    } catch (error) {
      expect((error as { detail: string }).detail.split('\n')).toHaveLength(7)
    }
    expect(() => meansOf('text')).toThrow(expect.objectContaining({ code: 'NOTIFICATION_INVALID' }))
    expect(await send(wrong)).toMatchObject([
      { to: 'notifications', attempts: 0, error: expect.stringContaining('not in order') },
    ])
  })
})

test('a person reads first what happened, and finds the way out', () => {
  const text = textOfNotice(notice)
  expect(text.split('\n')[0]).toBe('shop: rolled back (master c0ffee0123 by ann)')
  expect(text).toContain('failed in    build')
  expect(text).toContain('Mend <it> & push.')
  expect(headline({ ...notice, state: 'rollback failed' })).toContain('ROLLBACK FAILED')
})
