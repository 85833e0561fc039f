# nodejs: dependencies, the build script, and out with what only the build needed.
include:
  - .built
