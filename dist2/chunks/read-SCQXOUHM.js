import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{readYaml,readYamlPlaced}from"./chunk-QEB4S2W7.js";import"./chunk-6Y3AJV2R.js";import"./chunk-HE7I6KI5.js";import"./chunk-FBPABKHC.js";import"./chunk-N7STESBB.js";import"./chunk-5XVXYFHT.js";export{readYaml,readYamlPlaced};
