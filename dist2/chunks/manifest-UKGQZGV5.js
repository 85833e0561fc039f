import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{isArchiveName,manifestName,parseManifest,sealRelease}from"./chunk-MCJGNMO6.js";import"./chunk-VNC467WO.js";import"./chunk-YHHNBGVP.js";import"./chunk-CMYVKCZC.js";import"./chunk-KCRVO2GB.js";export{isArchiveName,manifestName,parseManifest,sealRelease};
