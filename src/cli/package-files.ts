/** What lies in the package of the program, and beside it. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** @param packageRoot folder of package.json */
export function packageVersion(packageRoot: string): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}

/**
 * Where another package is. A checkout has what the examples use among its development packages; who has installed us
 * may have installed it beside us.
 */
export function packageFolder(packageRoot: string, name: string): string | undefined {
  const beside = dirname(packageRoot)
  const places = [join(packageRoot, 'node_modules'), ...(basename(beside) === 'node_modules' ? [beside] : [])]
  return places.map((place) => join(place, name)).find((folder) => existsSync(folder))
}
