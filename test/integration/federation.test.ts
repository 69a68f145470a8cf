/** Two nodes that nobody introduced to each other: packets between persons of both. */
import { TestNetwork } from '../support/network.js'

test('a private message goes to a person of another node, and the answer comes back on the same line', () => {
  const network = new TestNetwork()
  const a = network.add('a.example')
  const b = network.add('b.example')
  const ann = a.psyc().link('ann')
  const bob = b.psyc().link('bob')
  ann.take()
  bob.take()

  ann.write(':_target␉psyc://b.example/~bob\n\n_message_private\nhello over there\n|\n')
  const [heard] = bob.take()
  expect(heard).toMatchObject({ method: '_message_private', body: 'hello over there' })
  expect(heard?.vars['_source_relay']).toBe('psyc://a.example/~ann')

  bob.write(':_target␉psyc://a.example/~ann\n\n_message_private\nhello back\n|\n')
  expect(ann.take()).toContainEqual(expect.objectContaining({ body: 'hello back' }))
  expect(network.between('a.example', 'b.example')).toHaveLength(1)
  expect([...a.errors, ...b.errors]).toEqual([])
})

test('a node that is not there: the sender hears that', () => {
  const network = new TestNetwork()
  const ann = network.add('a.example').psyc().link('ann')
  ann.take()
  ann.write(':_target␉psyc://nowhere.example/~bob\n:_tag␉t1\n\n_message_private\nhello\n|\n')
  expect(ann.methods()).toEqual(['_failure_unsuccessful_delivery_resolve'])
})
