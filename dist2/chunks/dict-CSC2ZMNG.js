import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{Dict,keyOf}from"./chunk-N7STESBB.js";import"./chunk-5XVXYFHT.js";export{Dict,keyOf};
