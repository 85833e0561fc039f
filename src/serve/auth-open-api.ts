/** The routes by which browsers log in and out, in the words of OpenAPI. */

const self = {
  type: 'object',
  required: ['user', 'admin', 'groups', 'source', 'csrf'],
  properties: {
    user: { type: 'string' },
    admin: { type: 'boolean' },
    groups: { type: 'array', items: { type: 'string' } },
    source: { type: ['string', 'null'], description: 'who says who it is: local, ldap, oidc' },
    csrf: {
      type: ['string', 'null'],
      description: 'what goes into the header X-CSRF-Token of each change; null without a session',
    },
  },
}
const login = {
  type: 'object',
  additionalProperties: false,
  required: ['user', 'password'],
  properties: { user: { type: 'string' }, password: { type: 'string' } },
}
const json = (schema: unknown) => ({ 'application/json': { schema } })
const error = { description: 'an error', content: json({ $ref: '#/components/schemas/Error' }) }
const answers = (schema: unknown) => ({ 200: { description: 'the answer', content: json(schema) }, default: error })
const sent = { 302: { description: 'where the browser goes on' }, default: error }
const anybody = { description: 'Needs nothing.', parameters: [], security: [] }
const whoeverIsIn = { description: 'Needs a credential.', parameters: [] }

export const authPaths = {
  '/auth/login': {
    post: {
      ...anybody,
      operationId: 'auth-login',
      summary: 'Begins a session by a password, of a user here or in the directory.',
      requestBody: { content: json(login) },
      responses: answers(self),
    },
    get: { ...anybody, operationId: 'auth-begin', summary: 'Begins single sign-on.', responses: sent },
  },
  '/auth/callback': {
    get: {
      ...anybody,
      operationId: 'auth-callback',
      summary: 'Where the provider sends people back to.',
      responses: sent,
    },
  },
  '/auth/me': { get: { ...whoeverIsIn, operationId: 'auth-me', summary: 'Says who asks.', responses: answers(self) } },
  '/auth/logout': {
    post: {
      ...whoeverIsIn,
      operationId: 'auth-logout',
      summary: 'Ends the session.',
      responses: answers({ type: 'object', required: ['user'], properties: { user: { type: 'string' } } }),
    },
  },
} as const

export const sessionScheme = {
  type: 'apiKey',
  in: 'cookie',
  name: '__Host-corpus-session',
  description: 'made by /auth/login; each change takes the header X-CSRF-Token, too',
} as const
