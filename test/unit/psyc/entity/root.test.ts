/** What the root answers [psyc.md 7]. */
import { PsycLab } from '../../../support/psyc-lab.js'

test.each([
  ['_request_version', '_status_version', ':_version␉lab/1\n'],
  ['_request_ping', '_echo_ping', ''],
  ['_request_user_amount', '_status_user_amount', ':_amount_users_loaded␉0\n'],
  ['_request_list_feature', '_notice_list_feature_server', '_list_feature'],
  ['_request_list_item', '_notice_list_item', '_list_item'],
  ['_request_description_time', '_status_description_time', ':_time_place␉1700000001\n'],
  ['_request_unheard_of', '_failure_unsupported_function_root', ':_method_relay␉_request_unheard_of\n'],
  ['_message', '_failure_unsupported_function_root', ':_method_relay␉_message\n'],
])('%s → %s', (method, answer, part) => {
  const peer = new PsycLab().legacy()
  peer.send(`:_target␉psyc://gw.example/\n:_tag␉5\n\n${method}\n.\n`)
  const text = peer.take()
  expect(text).toContain(`\n${answer}\n`)
  expect(text).toContain(part)
  expect(text).toContain(':_tag_relay␉5\n')
})

test.each(['_notice_x', '_status_x', '_error_x', '_failure_x', '_echo_x'])('%s is not answered', (method) => {
  const peer = new PsycLab().legacy()
  peer.send(`:_target␉psyc://gw.example/\n\n${method}\n.\n`)
  expect(peer.take()).toBe('')
})
