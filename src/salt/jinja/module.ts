/** What an import gives: the names that a template exports, and its text. */
import type { Foreign, Value } from '../python/value.ts'
import { Output, type Scope } from './scope.ts'
import { renderInto, type Template } from './template.ts'

export class TemplateModule implements Foreign {
  readonly pyType = 'jinja2.environment.TemplateModule'
  readonly #scope: Scope
  readonly #text: string

  constructor(scope: Scope, text: string) {
    this.#scope = scope
    this.#text = text
  }
  static of(template: Template, scope: Scope): TemplateModule {
    const out = new Output(scope.run.environment.outputLimit)
    renderInto(template, scope, out)
    return new TemplateModule(scope, out.text)
  }
  pyGet(name: string): Value | undefined {
    return this.#scope.top.exported.has(name) ? this.#scope.vars.get(name) : undefined
  }
  pyText(): string {
    return this.#text
  }
}
