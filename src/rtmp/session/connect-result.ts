/** The two objects of connect's `_result` [rtmp.md 3.3, 6.1]. */
import { AmfArray, AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import {
  CAPS_EX,
  FMS_CAPABILITIES,
  FMS_DATA_VERSION,
  FMS_MODE,
  FMS_VERSION,
  FOURCC_FORWARD,
} from './constants.js'
import type { ConnectRequest } from './events.js'
import { statusObject, statusOf } from './status.js'

export function connectProperties(): AmfObject {
  return AmfObject.of({ fmsVer: FMS_VERSION, capabilities: FMS_CAPABILITIES, mode: FMS_MODE })
}

/** @param extra what the application adds at the end */
export function connectInformation(
  request: ConnectRequest,
  extra: Readonly<Record<string, AmfValue>>,
): AmfObject {
  return statusObject(statusOf('NetConnection.Connect.Success', '', extra), {
    objectEncoding: request.objectEncoding,
    data: AmfObject.of({ version: FMS_DATA_VERSION }),
    ...enhancedAnswers(request.commandObject),
  })
}

/** Each only to a client that sent its own: some cameras break on an array in the result. */
function enhancedAnswers(sent: AmfObject): Record<string, AmfValue> {
  const forwardAll = (): AmfValue => AmfObject.of({ '*': FOURCC_FORWARD })
  const answers = {
    fourCcList: (): AmfValue => new AmfArray(['*']),
    videoFourCcInfoMap: forwardAll,
    audioFourCcInfoMap: forwardAll,
    capsEx: (): AmfValue => CAPS_EX,
  }
  return Object.fromEntries(
    Object.entries(answers)
      .filter(([name]) => sent.has(name))
      .map(([name, answer]) => [name, answer()]),
  )
}
