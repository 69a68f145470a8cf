import { parseMediaUrl } from '../../../src/server/media-url.js'

test.each([
  ['/live/cam.flv', 'live', '', 'cam'],
  ['/live/room/cam.flv', 'live', 'room', 'cam'],
  ['/live/a/b/cam.flv?x=1', 'live', 'a/b', 'cam'],
  ['/live/a%2Fb.flv', 'live', '', 'a/b'],
  ['/live/b%C3%BCro/K%20%C3%84.flv', 'live', 'büro', 'K Ä'],
  ['/live/cam.flv.flv', 'live', '', 'cam.flv'],
  ['http://elsewhere/live/cam.flv', 'live', '', 'cam'],
])('%s', (url, app, instance, name) => {
  expect(parseMediaUrl(url)).toMatchObject({ app, instance, name })
})

test('the query is decoded', () => {
  expect(parseMediaUrl('/live/cam.flv?publish&token=a%26b')?.query).toEqual(
    new Map([
      ['publish', ''],
      ['token', 'a&b'],
    ]),
  )
})

test.each([
  '/',
  '/cam.flv',
  '/live/cam',
  '/live/.flv',
  '/live//cam.flv',
  '//live/cam.flv',
  '/live/%ff.flv',
  '/live/cam.flv/',
  '*',
  'http://',
])('%s is none', (url) => {
  expect(parseMediaUrl(url)).toBeUndefined()
})
