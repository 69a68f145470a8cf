/** The profiles that come with the program, as data [design 2.3; rtmp.md 8.2, 8.3]. */
import type { ProfileSource } from './profile-schema.js'

export const shippedProfiles = {
  /** Any app that names none: nothing is translated, and nothing is called on its own. */
  plain: {},

  /** Rooms with chat: the names that tutorials use, and the Chat and PeopleList components of FMS. */
  chat: {
    nick: ['query.user', 'arg.0', 'arg.0.userName|username|user|nick|name'],
    password: ['arg.1'],
    presence: 'act',
    duplicateNick: 'suffix',
    psyc: false,
    onBWDone: true,
    gopCache: true,
    calls: {
      sendMessage: { method: '_message_public', body: 'arg.0' },
      sendPrivate: { method: '_message_private', target: 'arg.0', body: 'arg.1' },
      'FCChat/*/sendMessage': { method: '_message_public', body: 'html(arg.0)' },
      'FCChat/*/connect': {},
      'FCChat/*/close': {},
      'FCPeopleList/*/connect': {},
      'FCPeopleList/*/close': {},
    },
    on: {
      _message_public: [
        { call: 'receiveMessage', args: ['nick', 'body'] },
        { object: 'FCChat.*.message', send: 'receiveMessage', args: ['html(nick, body)'] },
      ],
      _message_private: { call: 'receivePrivate', args: ['nick', 'body'] },
      _notice_invitation: { call: 'receivePrivate', args: ['nick', 'body'] },
      _notice_place_enter: { call: 'userJoined', args: ['nick', 'uniform'] },
      _notice_place_leave: { call: 'userLeft', args: ['nick', 'uniform'] },
      members: { call: 'userList', args: ['members'] },
      history: { call: 'receiveHistory', args: ['nick', 'body', 'time'] },
      self: { call: 'setClientID', args: ['id'] },
    },
    objects: {
      users: { members: { slot: 'id', value: { name: 'nick' } } },
      'FCPeopleList.*.users': { members: { slot: 'id', value: 'nick' } },
      '*': { removeOnLeave: false },
    },
  },
} as const satisfies Readonly<Record<string, DeepReadonly<ProfileSource>>>

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T
