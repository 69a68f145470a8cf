import { PsycList } from '../../../src/psyc/wire/list.js'
import { Packet, type Variables } from '../../../src/psyc/wire/packet.js'
import {
  chatLineHtml,
  cleanText,
  displayText,
  fillTemplate,
  htmlToText,
  textToHtml,
} from '../../../src/translate/text.js'

test.each([
  ['hello', 'hello'],
  ['a\r\nb\rc\nd', 'a\nb\nc\nd'],
  ['\r\r\n\n', '\n\n\n'],
  ['a\0\x07\x08\x1b\tb\x7f\x85c', 'abc'],
  ['Zoë 日本 🦊', 'Zoë 日本 🦊'],
])('%j is cleaned to %j [design 2.2]', (text, clean) => expect(cleanText(text)).toBe(clean))

const TEXT_FIELD =
  '<TEXTFORMAT LEADING="2"><P ALIGN="LEFT"><FONT FACE="_sans" SIZE="12" COLOR="#000000" LETTERSPACING="0">hi &lt;all&gt;</FONT></P></TEXTFORMAT>'

test.each([
  ['plain', 'plain'],
  [TEXT_FIELD, 'hi <all>'],
  [`${TEXT_FIELD}${TEXT_FIELD}`, 'hi <all>\nhi <all>'],
  ['<p>a</p><p>b</p>', 'a\nb'],
  ['a<p>b</p>c', 'a\nb\nc'],
  ['<ul><li>a</li><li>b</li></ul>', 'a\nb'],
  ['a<br>b<br/>c<BR />d', 'a\nb\nc\nd'],
  ['a<br>', 'a\n'],
  ['<a href="event:x?a=1&amp;b" target=\'_blank\'>link</a>', 'link'],
  ['1 < 2 && 3 > 2 <3', '1 < 2 && 3 > 2 <3'],
  ['&lt;b&gt; &amp;lt; &quot;&apos;&nbsp;&#65;&#x42;&AMP;', '<b> &lt; "\' AB&'],
  ['&unknown; &#0; &#xd800;&#9999999; &;', '&unknown;   &;'],
  ['<b>un<i>closed', 'unclosed'],
  ['<', '<'],
  ['</>', '</>'],
  ['', ''],
])('html %j reads %j', (html, text) => expect(htmlToText(html)).toBe(text))

test('reading html takes time in proportion to its length', () => {
  const hostile = ['<a ', '<a<', '&#1', '</', '<a\t\t', '<p>'].map((part) => part.repeat(200_000))
  for (const html of hostile) expect(htmlToText(html).length).toBeLessThanOrEqual(html.length)
})

test.each([
  ['<b>"x" & y</b>', '&lt;b&gt;&quot;x&quot; &amp; y&lt;/b&gt;'],
  ['a\r\nb', 'a<br>b'],
])('text %j as html is %j, and reads the same', (text, html) => {
  expect(textToHtml(text)).toBe(html)
  expect(htmlToText(html)).toBe(cleanText(text))
})

test('a line of the Chat component', () => {
  expect(chatLineHtml('<eve>', 'a & b')).toBe('<b>&lt;eve&gt;: </b>a &amp; b<br>')
})

test('a template is filled once [psyc.md 1.4]', () => {
  const variables: Record<string, string> = { _nick: '[_topic]', _topic: 'cats', _nick_place: '$&' }
  expect(
    fillTemplate('[_nick] enters [_nick_place] [_none] [nick] [_ni ck]', (name) => variables[name]),
  ).toBe('[_topic] enters $& [_none] [nick] [_ni ck]')
})

test('what a person reads of a packet [psyc.md 1.4]', () => {
  const read = (method: string, variables: Variables, body: string): string =>
    displayText(Packet.of({ _source: 'psyc://gw/~a' }, method, variables, body))
  expect(read('_message_public', { _nick: 'a' }, '[_nick]')).toBe('[_nick]')
  expect(read('_converse', { _nick: 'a' }, '[_nick]')).toBe('[_nick]')
  expect(read('_messages', { _nick: 'a' }, '[_nick]')).toBe('a')
  expect(read('_notice_x', { _nick: 'a' }, '[_nick] [_source] [_x]')).toBe('a psyc://gw/~a [_x]')
  expect(read('_notice_x', { _list_a: PsycList.ofTexts(['x', 'y']) }, '[_list_a]')).toBe('x, y')
  expect(read('_notice_x', { _list_a: '| x| y' }, '[_list_a]')).toBe('x, y')
  expect(read('_notice_x', { _nick: 'a', _type_content: 'text/plain' }, '[_nick]')).toBe('[_nick]')
  expect(read('_message', { _nick: 'a', _type_content: 'text/x-psyc' }, '[_nick]')).toBe('a')
})
