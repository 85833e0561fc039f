import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{CorpusError,catalogue,exitOf,exitStatus,faultOf}from"./chunk-KCRVO2GB.js";export{CorpusError,catalogue,exitOf,exitStatus,faultOf};
