/**
 * Every error code of the program with one sentence each. The prefix names the family of errors.ts.
 * A code that is thrown and not listed here does not compile.
 */
export const errorCodes = {
  // AMF: bytes that are no AMF0 / AMF3 value
  AMF_TRUNCATED: 'The bytes end inside a value.',
  AMF_UNKNOWN_MARKER: 'A marker byte that no version of AMF defines.',
  AMF_RESERVED_MARKER: 'A marker that AMF0 reserves (movieclip, recordset).',
  AMF_BAD_REFERENCE: 'A reference to an object, string or traits that has not appeared.',
  AMF_UNEXPECTED_OBJECT_END: 'An object-end marker where no object is open.',
  AMF_UNKNOWN_EXTERNALIZABLE:
    'A class that writes its own body, which has no length: the rest is unreadable.',
  AMF_UNENCODABLE: 'The value has no form in the encoding asked for.',

  // RTMP: handshake, chunks, messages
  RTMP_VERSION: 'The first byte asks for a protocol that this port does not speak.',
  RTMP_KEY_EXCHANGE: 'The keys of an RTMPE handshake are missing or out of range.',
  RTMP_CHUNK_NO_PREDECESSOR: 'A chunk header refers to an earlier one that never came.',
  RTMP_CHUNK_SIZE_RANGE: 'Set Chunk Size is zero or above 0x7fffffff.',
  RTMP_CHUNK_INTERRUPTED: 'A full chunk header in the middle of an unfinished message.',
  RTMP_LENGTH_CHANGED: 'The message length changed in the middle of the message.',
  RTMP_BAD_CONTROL: 'A protocol control message is shorter than its fields.',
  RTMP_BAD_COMMAND: 'A command message without a name, or whose transaction ID is no number.',
  RTMP_BAD_AGGREGATE: 'An aggregate message whose parts do not fit into it.',
  RTMP_BAD_SHARED_OBJECT: 'A shared object message that does not follow its own lengths.',
  RTMP_BAD_FORMAT_SELECTOR: 'An AMF3 message whose format selector is not zero.',
  RTMP_BAD_HANDLER: 'A data message or shared object send whose handler name is not a string.',

  // FLV: files and HTTP bodies
  FLV_SIGNATURE: 'The bytes do not begin with "FLV".',
  FLV_HEADER: 'The header of an FLV says that the body begins inside it.',
  FLV_TAG: 'No tag stands where the length of the one before it says: one of the two is wrong.',
  FLV_TRUNCATED: 'The FLV ends in the middle of its header or of a tag.',

  // PSYC: packets, uniforms, lists
  PSYC_CONTENT_LENGTH: 'The content length is not a number, or does not match the content.',
  PSYC_MODIFIER_NAME: 'An operator without a variable name, or a misplaced state operation.',
  PSYC_MODIFIER_TAB: 'No TAB between a variable and its value, or an illegal character in its name.',
  PSYC_MODIFIER_LENGTH: 'The length of a value is not a number.',
  PSYC_MODIFIER_NEWLINE: 'A value is not followed by a line feed: its length is wrong.',
  PSYC_METHOD: 'The method line holds characters that no method may have.',
  PSYC_DELIMITER: 'The packet does not end where it must.',
  PSYC_LIST: 'The value of a list does not follow the list syntax.',
  PSYC_DICT: 'The value of a dict does not follow the dict syntax.',
  PSYC_UPDATE: 'The value of an update modifier does not follow the update syntax.',
  PSYC_UNIFORM_SCHEME: 'The uniform has no scheme, or one that is not known.',
  PSYC_UNIFORM_SLASHES: 'The uniform lacks the two slashes.',
  PSYC_UNIFORM_HOST: 'The host of the uniform is missing or illegal.',
  PSYC_UNIFORM_PORT: 'The port of the uniform is illegal.',
  PSYC_UNIFORM_TRANSPORT: 'The transport of the uniform is illegal.',
  PSYC_UNIFORM_RESOURCE: 'The resource of the uniform holds illegal characters.',
  PSYC_UNIFORM_CHANNEL: 'The channel of the uniform holds illegal characters.',
  PSYC_COUNTER: 'The counter of a cast is not a number of at most 15 digits.',
  PSYC_UNRENDERABLE: 'The packet cannot be written in this syntax without changing its meaning.',

  // Well-formed, but more than we hold for a stranger; the limit's name is in the error
  LIMIT_EXCEEDED: 'More than a limit allows; the error names the limit.',

  // Both sides valid, no equivalent
  TRANSLATE_NAME: 'The name is empty, too long or maps to a uniform that is too long.',
  TRANSLATE_VALUE: 'The text is no typed value.',

  // Our own call came at the wrong time: a bug
  STATE_ORDER: 'The call is not allowed in this state.',

  CONFIG_INVALID: 'The configuration does not have the expected shape.',
  CONFIG_FILE: 'The configuration file cannot be read or parsed.',
  CONFIG_LISTEN: 'An address cannot be listened on.',

  TRANSPORT_TIMEOUT: 'The peer did not answer in time.',
} as const

export type ErrorCode = keyof typeof errorCodes
