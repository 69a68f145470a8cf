/**
 * Whatever becomes of the calls to a node: each packet for it is sent once or comes back once, those of one circuit in
 * the order said, and in the end nothing is left over.
 */
import fc from 'fast-check'
import { DialLab } from '../support/dial-lab.js'
import type { LabCalled } from '../support/dial-lab.js'
import type { LabPeer } from '../support/psyc-lab.js'

const bob = 'psyc://b.example/~bob'
const established = ':_source␉psyc://b.example/\n\n_notice_circuit_established\n'

class Run {
  readonly lab = new DialLab({ hosts: { 'b.example': ['10.1.2.3'] }, limits: { dialPackets: 5 } })
  readonly called: LabCalled[] = []
  readonly callers: LabPeer[] = []
  said = 0

  /** The peers that the number picks from; nothing happens when there is none. */
  readonly acts: Readonly<Record<string, (pick: number) => void>> = {
    say: () => this.lab.say(bob, `_message_${++this.said}`),
    wait: (pick) => this.lab.wait([10, 300, 1_500, 7_000][pick % 4] ?? 0),
    fails: () => this.pending()?.fails('_disconnect'),
    resolvesNot: () => this.pending()?.fails('_resolve'),
    opens: () => {
      const attempt = this.pending()
      if (attempt !== undefined) this.called.push(attempt.opens())
    },
    greets: (pick) => {
      const peer = this.pick(this.called, pick)
      if (peer?.circuit?.version === '1.0') peer.says(`|\n${established}|\n\n_notice_features\n|\n`)
      else peer?.says(`.\n${established}.\n\n_status_circuit\n.\n`)
    },
    refuses: (pick) => void this.pick(this.called, pick)?.says('.\n\n_error_syntax_initialization\n.\n'),
    closes: (pick) => this.pick(this.called, pick)?.closes(),
    breaks: (pick) => this.pick(this.called, pick)?.breaks(),
    asksToClose: (pick) => void this.pick(this.called, pick)?.says('\n_request_circuit_shutdown\n'),
    calls: () => {
      const caller = this.lab.connect({ port: 50_000 + this.callers.length })
      this.callers.push(caller)
      caller.send(`|\n${established}|\n`)
    },
    callerBreaks: (pick) => this.pick(this.callers, pick)?.breaks(),
  }

  /** All that was sent to the node, circuit by circuit. */
  sent(): number[][] {
    return [...this.called, ...this.callers].map((peer) => {
      const found = peer.take().matchAll(/^_message_(\d+)$/gm)
      return [...found].map(([, number]) => Number(number))
    })
  }

  cameBack(): number[] {
    return this.lab.failures().map((failure) => Number(/_message_(\d+)$/.exec(failure)?.[1]))
  }

  private pending() {
    return this.lab.attempts.find(({ isPending }) => isPending)
  }

  private pick<T>(from: readonly T[], at: number): T | undefined {
    return from[at % Math.max(1, from.length)]
  }
}

const actNames = Object.keys(new Run().acts)
const act = fc.tuple(fc.constantFrom(...actNames, 'say', 'say', 'greets', 'opens'), fc.nat(20))

test('nothing is lost, doubled or out of order', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const run = new Run()
      for (const [name, pick] of acts) run.acts[name]?.(pick)
      const sent = run.sent()
      const back = run.cameBack()
      run.acts['wait']?.(3)
      back.push(...run.cameBack())
      for (const circuit of sent) expect(circuit).toEqual([...circuit].sort((a, b) => a - b))
      const all = [...sent.flat(), ...run.sent().flat(), ...back].sort((a, b) => a - b)
      expect(all).toEqual(Array.from({ length: run.said }, (_, index) => index + 1))
      run.lab.node.circuits.forEach((circuit) => circuit.close())
      run.lab.node.shutdown('over')
      run.lab.wait(20_000)
      expect(run.lab.time.timers.size).toBe(0)
      expect(run.lab.logged.filter(({ level }) => level === 'error')).toEqual([])
    }),
    { numRuns: 1000 },
  )
})
