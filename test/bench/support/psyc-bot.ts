/** A PSYC client that is a person of the node and answers every call with what it was called with. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Packet } from '../../../src/psyc/wire/packet.js'
import { PacketParser } from '../../../src/psyc/wire/parser.js'
import { renderPacket } from '../../../src/psyc/wire/renderer.js'
import { concat } from '../../../src/util/bytes.js'
import { limitsWith } from '../../../src/util/limits.js'

/**
 * @param uniform of a person of the node that listens on `port`
 * @param asker of the place whose calls it answers
 */
export async function startEchoBot(port: number, uniform: string, asker: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const linked = new Promise<void>((resolve) => {
    const parser = new PacketParser(limitsWith())
    socket.on('data', (bytes) => {
      parser.receive(bytes)
      const answers: Uint8Array[] = []
      for (let packet = parser.next(); packet !== undefined; packet = parser.next()) {
        if (packet.method === '_request_invoke') answers.push(renderPacket(echoOf(packet, uniform, asker)))
        else if (packet.method.startsWith('_notice_link')) resolve()
      }
      if (answers.length > 0) socket.write(concat(answers))
    })
  })
  socket.write('|\n')
  const nick = uniform.slice(uniform.indexOf('~') + 1)
  socket.write(renderPacket(Packet.of({ _target: uniform, _tag: 'link' }, '_request_link', { _nick: nick })))
  await linked
  return socket
}

function echoOf(call: Packet, uniform: string, asker: string): Packet {
  const routing = { _source: uniform, _target: asker, _tag_relay: call.tag }
  return Packet.of(routing, '_echo_invoke', { _list_result: call.bytes('_list_arguments') })
}
