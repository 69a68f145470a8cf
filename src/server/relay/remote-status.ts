/** What the other end says about a connection or stream, and what we say of ourselves [rtmp.md 3.3, 3.4, 6]. */
import { AmfArray, AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import { CAPS_EX, FOURCC_FORWARD } from '../../rtmp/session/constants.js'

export interface RemoteStatus {
  readonly code: string
  readonly level: string
  /** Code and description, without what is secret. */
  readonly shown: string
  /** Of a refused connect: another server. */
  readonly redirect: string | undefined
  /** Of a ReconnectRequest; "" for the same. */
  readonly tcUrl: string
}

/** @param clean takes out what is secret */
export function readStatus(info: AmfValue, clean: (text: string) => string): RemoteStatus {
  const code = textOf(info, 'code')
  const words = `${code} ${textOf(info, 'description')}`.trim()
  return {
    code,
    level: textOf(info, 'level'),
    shown: clean(words === '' ? 'it gave no reason' : words),
    redirect: redirectOf(info),
    tcUrl: textOf(info, 'tcUrl'),
  }
}

function redirectOf(info: AmfValue): string | undefined {
  const ex = info instanceof AmfObject ? info.get('ex') : undefined
  const redirect = ex instanceof AmfObject && ex.get('code') === 302 ? ex.get('redirect') : undefined
  return typeof redirect === 'string' ? redirect : undefined
}

function textOf(info: AmfValue, name: string): string {
  const value = info instanceof AmfObject ? info.get(name) : undefined
  return typeof value === 'string' ? value : ''
}

/** Enhanced RTMP: every codec passes, none is understood [rtmp.md 6.1]. */
export function enhanced(): Readonly<Record<string, AmfValue>> {
  const forwardAll = (): AmfObject => AmfObject.of({ '*': FOURCC_FORWARD })
  return {
    fourCcList: new AmfArray(['*']),
    videoFourCcInfoMap: forwardAll(),
    audioFourCcInfoMap: forwardAll(),
    capsEx: CAPS_EX,
  }
}
