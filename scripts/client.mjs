#!/usr/bin/env node
// Asks another machine, as `corpus -e ENV COMMAND` does: for those where corpus itself does not run, as on Windows.
import { createRequire } from 'node:module'

const { clientMain } = createRequire(import.meta.url)('../dist/client.cjs')
process.exitCode = await clientMain(process.argv.slice(2), process.env.CORPUS_ENV)
