/** What we use of the package, which has no types of its own: it puts options into order. Its `execute` is left out on purpose. */
declare module 'rsync' {
  const Rsync: new () => RsyncCommand
  interface RsyncCommand {
    flags(letters: string): this
    set(option: string, value?: string | readonly string[]): this
    exclude(patterns: readonly string[]): this
    args(): string[]
  }

  // biome-ignore lint/style/noDefaultExport: the package has no other
  export { Rsync as default }
}
