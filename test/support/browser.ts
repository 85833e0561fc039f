/** What a browser does of a login: keeps cookies by their host, sends them back, and goes where it is sent. */
import { readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of it, it says
  readonly json: any
  /** Where it sends the browser, whole. */
  readonly location: string
  /** As they were set. */
  readonly cookies: readonly string[]
}

export interface Sent {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Browser {
  go(url: string, sent?: Sent): Promise<Page>
  /** From one place to the next for as long as `goesOn` says of the next that it is to be gone to; the last page. */
  follow(url: string, goesOn?: (location: string) => boolean): Promise<Page>
  /** Of an origin, by their names. */
  jar(origin: string): Map<string, string>
}

export function browser(ca?: string): Browser {
  const jars = new Map<string, Map<string, string>>()
  const jar = (origin: string) => {
    const there = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, there)
    return there
  }
  const go = (url: string, { method = 'GET', body, headers = {} }: Sent = {}): Promise<Page> => {
    const { origin, protocol } = new URL(url)
    const kept = [...jar(origin)].map(([name, value]) => `${name}=${value}`).join('; ')
    const content = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const call = (protocol === 'https:' ? requestHttps : requestHttp)(url, {
        method,
        agent: false,
        ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
        headers: {
          ...(kept === '' ? {} : { cookie: kept }),
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      })
      call.on('error', reject)
      call.on('response', answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => {
          text += piece
        })
        answer.on('end', () => {
          const cookies = answer.headers['set-cookie'] ?? []
          for (const one of cookies) keep(jar(origin), one)
          const { location } = answer.headers
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            json: parsed(text),
            location: location === undefined ? '' : new URL(location, url).href,
            cookies,
          })
        })
      })
      call.end(content)
    })
  }
  return {
    go,
    jar,
    async follow(url, goesOn = () => true) {
      for (let page = await go(url), steps = 0; ; page = await go(page.location), steps++)
        if (page.location === '' || !goesOn(page.location) || steps > 15) return page
    },
  }
}

function keep(jar: Map<string, string>, cookie: string): void {
  const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? []
  if (/; *max-age=0\b/i.test(cookie) || /expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name)
  else jar.set(name, value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
