/**
 * JSON for people's terminals too. JSON itself escapes the control characters below U+0020 and leaves others as they are,
 * which steer a terminal as well: those of U+007F to U+009F (a lone U+009B begins a sequence as ESC and "[" do), and those
 * that turn the direction of what is read. They are escaped here; it is the same JSON to whoever parses it.
 */
const steering = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** @param json whole or a part: what it escapes may only stand in strings */
export function escapeSteering(json: string): string {
  return json.replace(steering, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** As `JSON.stringify`. */
export function terminalJson(value: object | string | number | null, indent?: number): string {
  return escapeSteering(JSON.stringify(value, null, indent))
}
