/** Who may speak for a circuit: its far end, not everybody behind it. */
import { PsycLab } from '../../../support/psyc-lab.js'

const HOSTS = { 'other.example': ['10.1.2.3'] }

test.each(['1.0', '0.9'])(
  'a person of another node cannot close the circuit that all of them share (%s)',
  (syntax) => {
    const lab = new PsycLab({ hosts: HOSTS })
    const peer = syntax === '1.0' ? lab.modern() : lab.legacy()
    const end = syntax === '1.0' ? '|' : '.'
    const shutDown = (source: string): void =>
      peer.send(`:_source␉${source}\n:_target␉psyc://gw.example/\n\n_request_circuit_shutdown\n${end}\n`)
    shutDown('psyc://other.example/~eve')
    expect(peer.state).toBe('open')
    shutDown('psyc://other.example/')
    expect(peer.state).toBe('ended')
  },
)
