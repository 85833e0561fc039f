import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{maintenanceFlag,maintenancePage}from"./chunk-ADWKEZRJ.js";import{existsSync,mkdirSync,renameSync,rmSync,writeFileSync}from"node:fs";import{dirname}from"node:path";function setMaintenance(place,project,on,page){let flag=maintenanceFlag(place,project);if(!on){rmSync(flag,{force:!0});return}mkdirSync(dirname(flag),{recursive:!0,mode:493}),ensureMaintenancePage(place,project,page),writeFileSync(flag,"",{flush:!0})}function isInMaintenance(place,project){return existsSync(maintenanceFlag(place,project))}function ensureMaintenancePage(place,project,page){let file=maintenancePage(place,project);page===void 0&&existsSync(file)||(mkdirSync(dirname(file),{recursive:!0,mode:493}),writeFileSync(`${file}.new`,page??usualPage),renameSync(`${file}.new`,file))}var usualPage=`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Back soon</title>
<style>body { font: 1.2rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem; }</style>
<h1>Back soon</h1>
<p>This site is being looked after. Please try again in a few minutes.</p>
</html>
`;export{setMaintenance,isInMaintenance,ensureMaintenancePage};
