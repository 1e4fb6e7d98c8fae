// A module hook: packages that the function does not bring along are looked for where NODE_PATH says.
import path from "node:path";
import { pathToFileURL } from "node:url";

const FOLDERS = (process.env.NODE_PATH ?? "").split(path.delimiter).filter(Boolean);
const PARENTS = FOLDERS.map((folder) => pathToFileURL(path.join(path.dirname(folder), "index.js")).href);

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || /^[./]|:/.test(specifier)) {
      throw error;
    }
    for (const parentURL of PARENTS) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch {
        continue;
      }
    }
    throw error;
  }
}
