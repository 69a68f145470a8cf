/** Values that PSYC 0.9 writes in another way than 1.0 [psyc.md 1.5; design.md 2.2]. */

/**
 * Containers of typed values travel as base64 of their 1.0 text under these names [design.md 2.2, 4]; `_list_remove`
 * holds slot names, which may be any text.
 */
export const packedNames: ReadonlyMap<string, string> = new Map([
  ['_list_arguments', '_data_arguments'],
  ['_list_result', '_data_result'],
  ['_dict_slots', '_data_slots'],
  ['_dict_change', '_data_change'],
  ['_list_remove', '_data_remove'],
])
export const unpackedNames: ReadonlyMap<string, string> = new Map(
  [...packedNames].map(([name, packed]) => [packed, name]),
)

/** Unix seconds of the PSYC epoch, 2015-08-24; `_date` counts from it in 1.0 only [psyc.md 1.5]. */
export const PSYC_EPOCH = 1_440_444_041
/** What is no integer stays as it is. */
export function shiftDate(text: string, seconds: number): string {
  return /^-?\d{1,15}$/.test(text) ? String(Number(text) + seconds) : text
}
