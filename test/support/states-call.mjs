// Runs `corpus states call` from source, for the conformance cases and by hand.
const { statesCall } = await import('../../src/cli/states-call.ts')
process.exitCode = await statesCall(process.argv.slice(2))
