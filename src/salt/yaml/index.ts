/** YAML as Salt reads and writes it. */
export { YamlError } from './error.ts'
export { yamlDoubleQuoted, yamlEncoded, yamlSingleQuoted } from './quote.ts'
export { readYaml, readYamlPlaced } from './read.ts'
export { writeYaml } from './write.ts'
