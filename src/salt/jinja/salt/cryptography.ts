/** Node's cryptography, fetched when it is first needed: most templates never are. */

export function cryptography(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}
