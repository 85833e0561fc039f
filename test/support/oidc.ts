/** A real provider of OpenID Connect in a test's own process, over TLS, with a certificate of its own CA. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Provider from 'oidc-provider'
import { makeCertificate } from './ldap.ts'
import { freePort } from './ports.ts'

export interface OidcProvider {
  readonly issuer: string
  readonly clientSecret: string
  readonly ca: string
  /** Whoever comes next logs in as this one. */
  next(subject: string, claims: Readonly<Record<string, unknown>>): void
  /** What it was asked: `POST /token`. */
  readonly asked: readonly string[]
  stop(): Promise<void>
  start(): Promise<void>
  dispose(): Promise<void>
}

export async function startOidc(callback: string): Promise<OidcProvider> {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-oidc-'))
  const { ca, cert, key } = makeCertificate(folder)
  const port = await freePort()
  const issuer = `https://localhost:${port}`
  const clientSecret = 'the provider knows it, too'
  const people = new Map<string, Readonly<Record<string, unknown>>>()
  let subject = ''
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'corpus',
        client_secret: clientSecret,
        redirect_uris: [callback],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...jwk, alg: 'RS256', use: 'sig', kid: 'one' }] },
    cookies: { keys: ['signs cookies of a test'] },
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'groups'],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
    renderError: (context: { body: string }, error: { readonly error: string }) => {
      context.body = error.error
    },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
  })
  provider.use(async (context, next) => {
    if (!context.path.startsWith('/interaction/')) return next()
    const { params } = await provider.interactionDetails(context.req, context.res)
    const grant = new provider.Grant({ accountId: subject, clientId: String(params['client_id']) })
    grant.addOIDCScope('openid profile groups')
    const consent = { grantId: await grant.save() }
    context.respond = false
    await provider.interactionFinished(
      context.req,
      context.res,
      subject === '' ? { error: 'access_denied' } : { login: { accountId: subject, remember: false }, consent },
    )
  })
  const asked: string[] = []
  const handle = provider.callback()
  const make = () =>
    createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
      asked.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`)
      handle(request, response)
    })
  let server = make()
  const start = () => {
    server = make()
    return new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  }
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await start()
  return {
    issuer,
    clientSecret,
    ca,
    asked,
    next(id, claims) {
      subject = id
      people.set(id, claims)
    },
    start,
    stop,
    async dispose() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
