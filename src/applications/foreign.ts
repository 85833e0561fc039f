/** Trees that no installer is for, and what their people can do: better told by name than by a list of other files. */
import type { TreeFiles } from '../kernel/tree-files.ts'

interface Foreign {
  readonly file: RegExp
  readonly what: string
  /** A build as `.salt/build.sls` would run it, and what its Procfile would start. */
  readonly build?: string
  readonly start?: string
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
  { file: /^(cpanfile|Makefile\.PL|app\.psgi)$/, what: 'Perl', start: 'web: plackup --host 127.0.0.1 --port $PORT app.psgi' },
] // biome-ignore format: a table

const composeFile = /^(docker-)?compose\.ya?ml$/

/** A sentence for what is known of a tree, or null where it is nothing in particular. */
export function foreignTree(files: TreeFiles): string | null {
  const names = files.names()
  for (const { file, what, build, start } of foreign) {
    const found = names.find(name => file.test(name))
    if (found === undefined) continue
    const built = build === undefined ? 'what a .salt/build.sls makes' : `what a .salt/build.sls makes with ${build}`
    const begun = start === undefined ? '' : `, such as \`${start}\``
    return `${found} tells of ${what}, which no installer is for. A Dockerfile builds and runs it; or a Procfile starts ${built}${begun}.`
  }
  const compose = names.find(name => composeFile.test(name))
  return compose === undefined
    ? null
    : `${compose} tells of Docker Compose, whose files are not read. Push the Dockerfile of what takes traffic; a database or the like beside it is a service of the machine, or a project of its own.`
}
