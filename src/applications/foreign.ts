/** Trees that no installer is for, and what their people can do: better told by name than by a list of other files. */
import type { TreeFiles } from '../kernel/tree-files.ts'

interface Foreign {
  readonly file: RegExp
  readonly what: string
  /** A build as `.salt/build.sls` would run it, and what its Procfile would start. */
  readonly build?: string
  readonly start?: string
  /** What makes a site of it, and where it leaves that. */
  readonly site?: string
  readonly folder?: string
  readonly hint?: string
}

const foreign: readonly Foreign[] = [
  { file: /^Cargo\.toml$/, what: 'Rust', build: 'cargo build --release', start: 'web: target/release/PROGRAM' },
  { file: /^pom\.xml$/, what: 'Java (Maven)', build: 'mvn package', start: 'web: java -jar target/PROGRAM.jar' },
  { file: /^build\.gradle(\.kts)?$/, what: 'Java (Gradle)', build: './gradlew build', start: 'web: java -jar build/libs/PROGRAM.jar' },
  { file: /^build\.sbt$/, what: 'Scala', build: 'sbt stage', start: 'web: target/universal/stage/bin/PROGRAM' },
  { file: /^(project\.clj|deps\.edn)$/, what: 'Clojure' },
  { file: /^mix\.exs$/, what: 'Elixir', build: 'mix release', start: 'web: _build/prod/rel/PROGRAM/bin/PROGRAM start' },
  { file: /^rebar\.config$/, what: 'Erlang' },
  { file: /\.(cs|fs|vb)proj$|\.slnx?$/, what: '.NET', build: 'dotnet publish -o out', start: 'web: dotnet out/PROGRAM.dll' },
  { file: /^deno\.jsonc?$/, what: 'Deno', start: 'web: deno run --allow-net --allow-env main.ts' },
  { file: /^Package\.swift$/, what: 'Swift', build: 'swift build -c release', start: 'web: .build/release/PROGRAM' },
  { file: /^(stack\.yaml|cabal\.project)$|\.cabal$/, what: 'Haskell' },
  { file: /^dune-project$/, what: 'OCaml' },
  { file: /^pubspec\.yaml$/, what: 'Dart' },
  { file: /^shard\.yml$/, what: 'Crystal' },
  { file: /^build\.zig$/, what: 'Zig', build: 'zig build', start: 'web: zig-out/bin/PROGRAM' },
  { file: /^hugo\.(toml|yaml|json)$/, what: 'Hugo', site: 'hugo', folder: 'public' },
  { file: /^mkdocs\.ya?ml$/, what: 'MkDocs', hint: 'A requirements.txt with mkdocs has it built, and what it leaves in site is served' },
  { file: /^book\.toml$/, what: 'mdBook', site: 'mdbook build', folder: 'book' },
  { file: /^_config\.ya?ml$/, what: 'Jekyll', hint: 'A Gemfile with jekyll has it built, and what it leaves in _site is served' },
  { file: /^(cpanfile|Makefile\.PL|app\.psgi)$/, what: 'Perl', start: 'web: plackup --host 127.0.0.1 --port $PORT app.psgi' },
] // biome-ignore format: a table

const composeFile = /^(docker-)?compose\.ya?ml$/

/** A sentence for what is known of a tree, or null where it is nothing in particular. */
export function foreignTree(files: TreeFiles): string | null {
  const names = files.names()
  for (const { file, what, build, start, site, folder, hint } of foreign) {
    const found = names.find(name => file.test(name))
    if (found === undefined) continue
    if (hint !== undefined) return `${found} tells of ${what}. ${hint}.`
    if (site !== undefined)
      return `${found} tells of ${what}, which no installer is for. Commit ${folder}, which it makes, or run \`${site}\` in .salt/build.sls; then \`corpus config set NAME ingress.static=${folder}\` serves it.`
    const built = build === undefined ? 'what a .salt/build.sls makes' : `what a .salt/build.sls makes with ${build}`
    const begun = start === undefined ? '' : `, such as \`${start}\``
    return `${found} tells of ${what}, which no installer is for. A Dockerfile builds and runs it; or a Procfile starts ${built}${begun}.`
  }
  const compose = names.find(name => composeFile.test(name))
  return compose === undefined
    ? null
    : `${compose} tells of Docker Compose, whose files are not read. Push the Dockerfile of what takes traffic; a database or the like beside it is a service of the machine, or a project of its own.`
}
