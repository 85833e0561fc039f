import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
