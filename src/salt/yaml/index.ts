/** YAML as Salt reads and writes it. */
export { YamlError } from './error.ts'
export { yamlDoubleQuoted, yamlEncoded, yamlSingleQuoted } from './quote.ts'
export { type Place, type PlacedYaml, readYaml, readYamlPlaced, type YamlSource } from './read.ts'
export { writeYaml, type YamlStyle } from './write.ts'
