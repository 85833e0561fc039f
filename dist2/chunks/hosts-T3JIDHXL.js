import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{checkHosts,hostName,hostOwners,isPublic,localHost}from"./chunk-BIMWD6KS.js";import"./chunk-CMYVKCZC.js";import"./chunk-KCRVO2GB.js";export{checkHosts,hostName,hostOwners,isPublic,localHost};
