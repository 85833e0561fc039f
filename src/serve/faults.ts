/** Errors as HTTP has them. */
import { catalogue, type ErrorCode, faultOf } from '../kernel/errors.ts'
import type { Answered } from './asking.ts'

/** Where the exit status of a command says too little. */
const statuses: Partial<Record<ErrorCode, number>> = {
  CREDENTIAL_REFUSED: 401,
  SESSION_ENDED: 401,
  CSRF_REFUSED: 403,
  LOGIN_REFUSED: 403,
  RIGHT_MISSING: 403,
  TOO_MANY_FAILURES: 429,
  HOST_REFUSED: 421,
  PRECONDITION_FAILED: 412,
  CONFIGURATION_INVALID: 422,
  NOT_PERMITTED: 500,
  DISK_FULL: 507,
}
const byExit: Readonly<Record<number, number>> = { 1: 422, 2: 400, 3: 409, 4: 404, 5: 409, 6: 503 }

/** `{error: {code, message, detail, way_out, request_id}}`. Of a fault of ours nothing is told but that it is one. */
export function faultAnswer(error: unknown, requestId: string, status?: number): Answered {
  const { code, message, detail, wayOut } = faultOf(error)
  const isOurs = code === 'INTERNAL'
  const body = {
    error: {
      code,
      message: isOurs ? 'Something went wrong in corpus itself.' : message,
      detail: isOurs ? null : (detail ?? null),
      way_out: wayOut,
      request_id: requestId,
    },
  }
  const known = catalogue[code as ErrorCode] as (typeof catalogue)[ErrorCode] | undefined
  const answered = status ?? statuses[code as ErrorCode] ?? byExit[known?.exit ?? 70] ?? 500
  const retryAfterSeconds = code === 'TOO_MANY_FAILURES' ? 60 : answered === 503 ? 10 : undefined
  return {
    status: answered,
    body: `${JSON.stringify(body)}\n`,
    type: 'application/json',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}
