import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{ensureFolder,isFolder,isMissing,jsonIfThere,linkIfThere,linkWhole,textIfThere,writeWhole}from"./chunk-YHHNBGVP.js";export{ensureFolder,isFolder,isMissing,jsonIfThere,linkIfThere,linkWhole,textIfThere,writeWhole};
