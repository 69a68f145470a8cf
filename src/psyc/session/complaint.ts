/** What the peer is told about bytes that are no packet: method and variables for every error of the parser [psyc.md 2.8]. */
import type { Variables } from '../wire/packet.js'
import { GatewayError, LimitError } from '../../util/errors.js'
import type { ErrorCode } from '../../util/error-codes.js'

export interface Complaint {
  readonly method: string
  readonly variables: Variables
  readonly body: string
}

const methods: Partial<Record<ErrorCode, string>> = {
  PSYC_CONTENT_LENGTH: '_error_syntax_length_content',
  PSYC_MODIFIER_LENGTH: '_error_syntax_length_value',
  PSYC_MODIFIER_NEWLINE: '_error_syntax_length_value',
  PSYC_MODIFIER_NAME: '_error_illegal_protocol_variable',
  PSYC_MODIFIER_TAB: '_error_illegal_protocol_variable',
  PSYC_METHOD: '_error_illegal_method',
  PSYC_DELIMITER: '_error_syntax_delimiter',
}

/** @param error whatever the parser threw; a bug of ours passes for a syntax error, and the caller logs it */
export function complaintAbout(error: unknown): Complaint {
  if (error instanceof LimitError) {
    const variables = { _name_limit: error.limitName, _amount_limit: error.limit }
    return {
      method: '_error_exceeded_limit',
      variables,
      body: 'More than [_amount_limit] ([_name_limit]).',
    }
  }
  const method = error instanceof GatewayError ? methods[error.code] : undefined
  return {
    method: method ?? '_error_invalid_syntax',
    variables: { _reason: error instanceof GatewayError ? error.message : undefined },
    body: '[_reason]',
  }
}
