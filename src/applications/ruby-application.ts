/** How a Ruby application that has no Procfile is started, and whether it has assets to build. */
import type { TreeFiles } from '../kernel/tree-files.ts'

export interface RubyApplication {
  readonly start: string | null
  readonly because: string | null
  readonly hasGems: boolean
  /** Rails with a pipeline of assets. */
  readonly hasAssets: boolean
  /** A site that Jekyll makes, and no server. */
  readonly isJekyll: boolean
}

export function readRubyApplication(files: TreeFiles): RubyApplication {
  const gems = `${files.text('Gemfile.lock') ?? ''}\n${files.text('Gemfile') ?? ''}`
  const uses = (gem: string) => new RegExp(`^ {4}${gem} \\(|^[ \\t]*gem[ \\t]+["']${gem}["']`, 'm').test(gems)
  const hasGems = files.has('Gemfile')
  const within = hasGems ? 'bundle exec ' : ''
  const isJekyll = !files.has('config.ru') && files.has('_config.yml') && (uses('jekyll') || uses('github-pages'))
  const hasAssets = files.has('Rakefile') && uses('rails') && (uses('sprockets-rails') || uses('propshaft'))
  if (files.has('config.ru'))
    return { start: `${within}${rackServer(uses, hasGems)}`, because: 'config.ru', hasGems, hasAssets, isJekyll }
  const file = ['app.rb', 'server.rb', 'main.rb', 'web.rb'].find(name => files.has(name))
  if (file === undefined) return { start: null, because: null, hasGems, hasAssets, isJekyll }
  // Sinatra, which most of these are, takes its address from these.
  const options =
    uses('sinatra') || /require\s+["']sinatra["']/.test(files.text(file) ?? '') ? ' -o 127.0.0.1 -p $PORT' : ''
  return { start: `${within}ruby ${file}${options}`, because: file, hasGems, hasAssets, isJekyll }
}

function rackServer(uses: (gem: string) => boolean, hasGems: boolean): string {
  if (uses('puma')) return 'puma --bind tcp://127.0.0.1:$PORT'
  if (uses('unicorn')) return 'unicorn --host 127.0.0.1 --port $PORT'
  if (uses('thin')) return 'thin start --address 127.0.0.1 --port $PORT'
  if (uses('falcon')) return 'falcon host --bind http://127.0.0.1:$PORT'
  // rack before its third generation, rackup since then.
  return hasGems && !uses('rackup') && !uses('rack') && !uses('webrick')
    ? 'puma --bind tcp://127.0.0.1:$PORT'
    : 'rackup --host 127.0.0.1 --port $PORT'
}
