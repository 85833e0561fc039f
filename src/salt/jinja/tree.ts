/** The tree of a template: what the parser makes and the compiler turns into functions. */

import type { Operator } from '../python/arithmetic.ts'
import type { Ordering } from '../python/compare.ts'
import type { Value } from '../python/value.ts'

export interface CallArguments {
  readonly args: readonly Expr[]
  readonly keywords: readonly { readonly name: string; readonly value: Expr }[]
  /** `*rest` and `**rest`. */
  readonly spread?: Expr | undefined
  readonly spreadKeywords?: Expr | undefined
}

export type Expr = { readonly line: number } & (
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Expr[] }
  | { readonly kind: 'dict'; readonly pairs: readonly (readonly [Expr, Expr])[] }
  | { readonly kind: 'attribute'; readonly of: Expr; readonly name: string }
  | { readonly kind: 'item'; readonly of: Expr; readonly key: Expr }
  | { readonly kind: 'slice'; readonly of: Expr; readonly bounds: readonly (Expr | null)[] }
  | { readonly kind: 'call'; readonly of: Expr; readonly given: CallArguments }
  /** `of` is absent in the heads of filter and set blocks, where the block's text takes its place. */
  | { readonly kind: 'filter'; readonly of: Expr | null; readonly name: string; readonly given: CallArguments }
  | { readonly kind: 'test'; readonly of: Expr; readonly name: string; readonly given: CallArguments }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'sign'; readonly operator: '-' | '+'; readonly of: Expr }
  | { readonly kind: 'not'; readonly of: Expr }
  | { readonly kind: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'compare'; readonly of: Expr; readonly steps: readonly Comparison[] }
  | { readonly kind: 'concat'; readonly parts: readonly Expr[] }
  | { readonly kind: 'choice'; readonly test: Expr; readonly yes: Expr; readonly no: Expr | null }
)
export interface Comparison {
  readonly operator: Ordering | '==' | '!=' | 'in' | 'not in'
  readonly right: Expr
}

/** What can stand on the left of an assignment. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'names'; readonly targets: readonly Target[] }
  | { readonly kind: 'field'; readonly of: string; readonly name: string }

export interface Signature {
  readonly parameters: readonly { readonly name: string; readonly fallback: Expr | null }[]
}

export interface MacroNode {
  readonly name: string
  readonly signature: Signature
  readonly body: Body
  /** Which of `caller`, `kwargs` and `varargs` the body speaks of. */
  readonly mentions: ReadonlySet<string>
}

export type Body = readonly Stmt[]
export type Stmt = { readonly line: number } & (
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expr }
  | { readonly kind: 'do'; readonly value: Expr }
  | {
      readonly kind: 'if'
      readonly branches: readonly { test: Expr; body: Body; line: number }[]
      readonly otherwise: Body
    }
  | ForNode
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expr }
  | { readonly kind: 'setBlock'; readonly target: Target; readonly filter: Expr | null; readonly body: Body }
  | {
      readonly kind: 'with'
      readonly targets: readonly Target[]
      readonly values: readonly Expr[]
      readonly body: Body
    }
  | { readonly kind: 'filterBlock'; readonly filter: Expr; readonly body: Body }
  | { readonly kind: 'autoescape'; readonly value: Expr; readonly body: Body }
  | ({ readonly kind: 'macro' } & MacroNode)
  | { readonly kind: 'callBlock'; readonly call: Expr; readonly macro: MacroNode }
  | { readonly kind: 'block'; readonly name: string; readonly scoped: boolean; readonly required: boolean }
  | { readonly kind: 'extends'; readonly template: Expr }
  | {
      readonly kind: 'include'
      readonly template: Expr
      readonly ignoreMissing: boolean
      readonly withContext: boolean
    }
  | { readonly kind: 'import'; readonly template: Expr; readonly target: string; readonly withContext: boolean }
  | {
      readonly kind: 'from'
      readonly template: Expr
      readonly names: readonly (readonly [string, string])[]
      readonly withContext: boolean
    }
  | { readonly kind: 'scope'; readonly body: Body }
)
export interface ForNode {
  readonly kind: 'for'
  readonly target: Target
  readonly over: Expr
  readonly test: Expr | null
  readonly recursive: boolean
  readonly body: Body
  readonly otherwise: Body
}

export interface Tree {
  readonly body: Body
  readonly blocks: ReadonlyMap<string, { readonly body: Body; readonly required: boolean; readonly line: number }>
}
