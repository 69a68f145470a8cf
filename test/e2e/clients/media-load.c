/*
 * Many RTMP clients in one process, cheap enough to measure a server beside them. Loopback only.
 *
 *   media-load publish PORT APP NAME [count=1] [kbps=2000] [fps=30] [gop=2]
 *   media-load play    PORT APP NAME [count=1] [names=1] [slow=0] [slowkbps=300]
 *   media-load visit   PORT APP NAME [rate=100]
 *
 * With more than one name, or publisher, the number is put behind NAME. `slow` players read no faster than `slowkbps`.
 * A visit is: TCP connect, handshake, connect, createStream, close; `rate` of them begin in each second.
 *
 * Prints "ready N" when N clients have got what they asked for. A line "measure" on standard input starts the counters
 * anew, "report" has them printed as one line of JSON; the end of the input ends the program.
 *
 * Each media message carries its number and the time it was made (CLOCK_MONOTONIC), and is filled with bytes that follow
 * from the number, so a player tells what was lost, overtaken or changed. Video is laid out as AVC, audio as AAC. A call
 * "line" of the server whose last argument is CLOCK_MONOTONIC in ms tells how long a chat line took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef uint8_t byte;
typedef uint32_t u32;
typedef uint64_t u64;

enum { SET_CHUNK_SIZE = 1, ACK = 3, USER_CONTROL = 4, WINDOW = 5, AUDIO = 8, VIDEO = 9, DATA = 18, COMMAND = 20 };
enum { HANDSHAKE = 1536, OUT_CHUNK = 4096, CHUNK_STREAMS = 16, LONGEST = 1 << 20, STAMP = 16 };
enum { AUDIO_RATE = 43, AUDIO_BYTES = 280, KEYFRAME_TIMES = 5, SETUP_S = 20, TICK_MS = 2 };

typedef enum { SHAKING, CONNECTING, CREATING, STARTING, LIVE, DEAD } State;
typedef enum { PUBLISH, PLAY, VISIT } Mode;

/* One chunk stream: the header of its last message, and the message as far as it has come. */
typedef struct {
  int id, type, extended;
  u32 length, got, time;
  byte *payload;
} Chunks;

typedef struct {
  int fd, index, is_slow, wants_out;
  State state;
  u64 begun, received, acked;
  u32 window, in_chunk, stream_id;
  byte header[18];
  u32 header_got, chunk_left, shaken;
  byte challenge[HANDSHAKE];
  Chunks chunks[CHUNK_STREAMS], *current;
  byte *out;
  size_t out_length, out_room;
  u32 next[2]; /* number expected of audio, video */
  int has[2];
  u64 allowance_at;
} Client;

/* Times in steps of 0.05 ms up to 10 s. */
enum { STEPS = 200000, STEP_NS = 50000 };
typedef struct {
  u32 step[STEPS];
  u64 count;
} Times;

static struct {
  u64 messages, bytes, lost, reordered, corrupt, closed, slow_messages, slow_lost, visits;
} counted;
static Times latency, setup, line_others, line_slow;

static Mode mode;
static int port, count = 1, kbps = 2000, fps = 30, gop = 2, names = 1, slow, slow_kbps = 300, rate = 100;
static const char *app, *name;
static Client **clients;
static int client_count, client_room, live, dead, failed, told_ready, polling;
static byte filling[2 * LONGEST], buffer[1 << 18];
static u64 program_start, measure_start;
static double cpu_start;

static u64 now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static void fail(const char *what)
{
  fprintf(stderr, "media-load: %s\n", what);
  exit(2);
}

static void *claimed(void *memory)
{
  if (!memory)
    fail("out of memory");
  return memory;
}

static void note(Times *times, u64 ns)
{
  u64 step = ns / STEP_NS;
  times->step[step < STEPS ? step : STEPS - 1]++;
  times->count++;
}

/* In ms; -1 when there is nothing. */
static double percentile(const Times *times, double share)
{
  u64 wanted = (u64)((double)times->count * share), seen = 0;
  for (int step = 0; times->count && step < STEPS; step++)
    if ((seen += times->step[step]) > wanted || seen == times->count)
      return (step + 0.5) * STEP_NS / 1e6;
  return -1;
}

static void write_number(byte *at, u64 value, int bytes)
{
  while (bytes--) {
    at[bytes] = (byte)value;
    value >>= 8;
  }
}

static u64 read_number(const byte *at, int bytes)
{
  u64 value = 0;
  while (bytes--)
    value = value << 8 | *at++;
  return value;
}

/* ---- out ---- */

static void watch_socket(Client *c)
{
  int wants = c->out_length > 0;
  struct epoll_event event = { .events = (c->is_slow ? 0 : EPOLLIN) | (wants ? EPOLLOUT : 0), .data.ptr = c };
  if (wants == c->wants_out)
    return;
  c->wants_out = wants;
  epoll_ctl(polling, EPOLL_CTL_MOD, c->fd, &event);
}

static void over(Client *c, int is_planned)
{
  if (c->state == DEAD)
    return;
  if (c->state == LIVE) {
    live--;
    counted.closed += !is_planned;
  } else if (!is_planned)
    failed++;
  c->state = DEAD;
  dead++;
  close(c->fd);
  for (int i = 0; i < CHUNK_STREAMS; i++) {
    free(c->chunks[i].payload);
    c->chunks[i].payload = NULL;
  }
  free(c->out);
  c->out = NULL;
}

static void flush(Client *c)
{
  ssize_t sent = c->out_length ? send(c->fd, c->out, c->out_length, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
  if (sent < 0 && errno != EAGAIN) {
    over(c, 0);
    return;
  }
  if (sent > 0) {
    c->out_length -= (size_t)sent;
    memmove(c->out, c->out + sent, c->out_length);
  }
  watch_socket(c);
}

static void put(Client *c, const byte *bytes, size_t length)
{
  if (c->out_length + length > c->out_room) {
    c->out_room = 2 * (c->out_length + length);
    c->out = claimed(realloc(c->out, c->out_room));
  }
  memcpy(c->out + c->out_length, bytes, length);
  c->out_length += length;
}

static void put_message(Client *c, byte chunk_stream, int type, u32 stream_id, u32 time, const byte *payload, u32 length)
{
  u32 size = c->state == LIVE ? OUT_CHUNK : 128;
  byte header[12] = { chunk_stream };
  write_number(header + 1, time < 0xffffff ? time : 0xffffff, 3);
  write_number(header + 4, length, 3);
  header[7] = (byte)type;
  for (int i = 0; i < 4; i++)
    header[8 + i] = (byte)(stream_id >> 8 * i);
  put(c, header, 12);
  for (u32 at = 0; at < length; at += size) {
    byte next = 0xc0 | chunk_stream;
    if (at > 0)
      put(c, &next, 1);
    put(c, payload + at, length - at < size ? length - at : size);
  }
}

static void put_control(Client *c, int type, u32 value)
{
  byte payload[4];
  write_number(payload, value, 4);
  put_message(c, 2, type, 0, 0, payload, 4);
}

/* A command in AMF0: "s" text, "n" number, "0" null, "{" object of texts up to a NULL name. */
static void put_command(Client *c, u32 stream_id, const char *shape, ...)
{
  byte payload[1024];
  size_t at = 0;
  va_list values;
  va_start(values, shape);
#define TEXT(text) \
  do { \
    const char *text_ = (text); \
    size_t length_ = strlen(text_); \
    write_number(payload + at, length_, 2); \
    memcpy(payload + at + 2, text_, length_); \
    at += 2 + length_; \
  } while (0)
  for (; *shape; shape++) {
    if (*shape == 's') {
      payload[at++] = 2;
      TEXT(va_arg(values, const char *));
    } else if (*shape == 'n') {
      double number = va_arg(values, double);
      u64 bits;
      memcpy(&bits, &number, 8);
      payload[at++] = 0;
      write_number(payload + at, bits, 8);
      at += 8;
    } else if (*shape == '0')
      payload[at++] = 5;
    else {
      const char *key;
      payload[at++] = 3;
      while ((key = va_arg(values, const char *))) {
        TEXT(key);
        payload[at++] = 2;
        TEXT(va_arg(values, const char *));
      }
      memcpy(payload + at, "\0\0\x09", 3);
      at += 3;
    }
  }
  va_end(values);
  put_message(c, stream_id ? 8 : 3, COMMAND, stream_id, 0, payload, (u32)at);
}

/* ---- media ---- */

static const char *stream_name(int index)
{
  static char text[128];
  int many = mode == PUBLISH ? count > 1 : names > 1;
  if (!many)
    return name;
  snprintf(text, sizeof text, "%s%d", name, mode == PUBLISH ? index : index % names);
  return text;
}

/* The bytes before the stamp of a frame; a sequence header when `is_header`. */
static u32 write_layout(byte *payload, int type, int is_key, int is_header)
{
  if (type == AUDIO) {
    memcpy(payload, is_header ? "\xaf\x00\x12\x10" : "\xaf\x01", is_header ? 4 : 2);
    return is_header ? 4 : 2;
  }
  memset(payload, 0, 16);
  payload[0] = is_key ? 0x17 : 0x27;
  payload[1] = !is_header;
  if (is_header)
    memcpy(payload + 5, "\x01\x42\xc0\x1e\xff\xe1\x00\x00\x01\x00\x00", 11);
  return is_header ? 16 : 5;
}

static void put_frame(Client *c, int type, u32 number, u32 time)
{
  static byte payload[LONGEST];
  u32 in_gop = (u32)(gop * fps), length = AUDIO_BYTES;
  int is_key = type == VIDEO && number % in_gop == 0;
  if (type == VIDEO)
    length = (u32)(kbps * 125.0 * gop / (in_gop - 1 + KEYFRAME_TIMES)) * (is_key ? KEYFRAME_TIMES : 1);
  if (length > LONGEST / 2)
    length = LONGEST / 2;
  u32 at = write_layout(payload, type, is_key, 0);
  memcpy(payload + at, "LOAD", 4);
  write_number(payload + at + 4, number, 4);
  write_number(payload + at + 8, now(), 8);
  memcpy(payload + at + STAMP, filling + (number & 0xffff), length);
  put_message(c, type == VIDEO ? 6 : 4, type, c->stream_id, time, payload, at + STAMP + length);
  counted.messages++;
}

static void take_media(Client *c, const Chunks *message)
{
  static byte scratch[16];
  int kind = message->type == VIDEO;
  u32 at = write_layout(scratch, message->type, 1, 0);
  const byte *stamp = message->payload + at;
  if (message->length < at + STAMP || memcmp(stamp, "LOAD", 4))
    return; /* a header */
  u32 number = (u32)read_number(stamp + 4, 4), length = message->length - at - STAMP;
  u64 made = read_number(stamp + 8, 8);
  int32_t gap = c->has[kind] ? (int32_t)(number - c->next[kind]) : 0;
  c->has[kind] = 1;
  c->next[kind] = number + 1;
  if (c->is_slow) {
    counted.slow_messages++;
    counted.slow_lost += gap > 0 ? (u64)gap : 0;
    return;
  }
  counted.messages++;
  counted.lost += gap > 0 ? (u64)gap : 0;
  counted.reordered += gap < 0;
  counted.corrupt += memcmp(stamp + STAMP, filling + (number & 0xffff), length) != 0;
  note(&latency, now() - made);
}

/* All that is due by now, of all publishers. */
static void publish_due(u64 time)
{
  static u64 start, videos, audios;
  if (!start) {
    byte header[32];
    start = time;
    for (int i = 0; i < client_count; i++) {
      Client *c = clients[i];
      if (c->state != LIVE)
        continue;
      for (int type = AUDIO; type <= VIDEO; type++)
        put_message(c, type == VIDEO ? 6 : 4, type, c->stream_id, 0, header, write_layout(header, type, 1, 1));
    }
  }
  double elapsed = (double)(time - start) / 1e9;
  for (int type = AUDIO; type <= VIDEO; type++) {
    u64 *made = type == VIDEO ? &videos : &audios;
    int per_second = type == VIDEO ? fps : AUDIO_RATE;
    for (; (double)*made <= elapsed * per_second; ++*made)
      for (int i = 0; i < client_count; i++)
        if (clients[i]->state == LIVE)
          put_frame(clients[i], type, (u32)*made, (u32)(*made * 1000 / (u64)per_second));
  }
  for (int i = 0; i < client_count; i++)
    if (clients[i]->state == LIVE)
      flush(clients[i]);
}

/* ---- in ---- */

static void go_live(Client *c)
{
  if (c->state == LIVE)
    return;
  c->state = LIVE;
  live++;
  note(&setup, now() - c->begun);
  if (mode == PUBLISH)
    put_control(c, SET_CHUNK_SIZE, OUT_CHUNK);
}

static int begins(const Chunks *m, const char *text)
{
  size_t length = strlen(text);
  return m->length >= 3 + length && m->payload[0] == 2 && read_number(m->payload + 1, 2) == length &&
         !memcmp(m->payload + 3, text, length);
}

static int holds(const Chunks *m, const char *text)
{
  return memmem(m->payload, m->length, text, strlen(text)) != NULL;
}

static double last_number(const Chunks *m)
{
  u64 bits;
  double number;
  if (m->length < 9 || m->payload[m->length - 9] != 0)
    return -1;
  bits = read_number(m->payload + m->length - 8, 8);
  memcpy(&number, &bits, 8);
  return number;
}

static void take_command(Client *c, const Chunks *m)
{
  if (begins(m, "line")) {
    note(c->is_slow ? &line_slow : &line_others, (u64)((double)now() - last_number(m) * 1e6));
  } else if (begins(m, "_error")) {
    over(c, 0);
  } else if (begins(m, "_result") && c->state == CONNECTING) {
    c->state = CREATING;
    put_command(c, 0, "sn0", "createStream", 2.0);
  } else if (begins(m, "_result") && c->state == CREATING) {
    c->stream_id = (u32)last_number(m);
    c->state = STARTING;
    if (mode == VISIT) {
      note(&setup, now() - c->begun);
      counted.visits++;
      over(c, 1);
    } else if (mode == PUBLISH)
      put_command(c, c->stream_id, "sn0ss", "publish", 3.0, stream_name(c->index), "live");
    else
      put_command(c, c->stream_id, "sn0sn", "play", 3.0, stream_name(c->index), -2.0);
  } else if (begins(m, "onStatus") && c->state == STARTING) {
    if (holds(m, mode == PUBLISH ? "NetStream.Publish.Start" : "NetStream.Play.Start"))
      go_live(c);
    else if (holds(m, "\x05"
                      "error"))
      over(c, 0);
  }
}

static void take_message(Client *c, Chunks *m)
{
  switch (m->type) {
  case SET_CHUNK_SIZE:
    c->in_chunk = (u32)read_number(m->payload, 4);
    break;
  case WINDOW:
    c->window = (u32)read_number(m->payload, 4);
    break;
  case USER_CONTROL:
    if (m->payload[1] == 6) { /* ping */
      m->payload[1] = 7;
      put_message(c, 2, USER_CONTROL, 0, 0, m->payload, 6);
    }
    break;
  case COMMAND:
    take_command(c, m);
    break;
  case AUDIO:
  case VIDEO:
    take_media(c, m);
  }
}

static u32 header_length(const byte *header, u32 got, const Client *c)
{
  static const u32 lengths[] = { 11, 7, 3, 0 };
  if (got == 0)
    return 1;
  u32 basic = (header[0] & 63) == 0 ? 2 : (header[0] & 63) == 1 ? 3 : 1, fmt = header[0] >> 6;
  u32 length = basic + lengths[fmt];
  if (got < length)
    return length;
  if (fmt < 3)
    return length + (read_number(header + basic, 3) == 0xffffff ? 4 : 0);
  for (int i = 0; i < CHUNK_STREAMS; i++)
    if (c->chunks[i].id == (header[0] & 63) && c->chunks[i].extended)
      return length + 4;
  return length;
}

/* Chunk stream ids above 63 are of no server that is measured. */
static Chunks *open_chunk(Client *c)
{
  const byte *header = c->header;
  int fmt = header[0] >> 6, id = header[0] & 63;
  Chunks *s = NULL;
  for (int i = 0; i < CHUNK_STREAMS && !s; i++)
    if (c->chunks[i].id == id || c->chunks[i].id == 0)
      s = &c->chunks[i];
  if (!s || id < 2 || (s->id == 0 && fmt > 1))
    return NULL;
  s->id = id;
  if (fmt < 3) {
    u32 time = (u32)read_number(header + 1, 3);
    s->extended = time == 0xffffff;
    s->time = fmt == 0 ? time : s->time + time;
  }
  if (fmt < 2) {
    s->length = (u32)read_number(header + 4, 3);
    s->type = header[7];
    s->got = 0;
  }
  if (s->length > LONGEST)
    return NULL;
  if (s->got == 0)
    s->payload = claimed(realloc(s->payload, s->length + 1));
  return s;
}

static void take_chunks(Client *c, const byte *bytes, size_t length)
{
  while (length > 0 && c->state != DEAD) {
    u32 wanted;
    while (!c->current && c->header_got < (wanted = header_length(c->header, c->header_got, c))) {
      if (length == 0)
        return;
      c->header[c->header_got++] = *bytes++;
      length--;
    }
    if (!c->current) {
      c->header_got = 0;
      if (!(c->current = open_chunk(c))) {
        counted.corrupt++;
        over(c, 0);
        return;
      }
      u32 left = c->current->length - c->current->got;
      c->chunk_left = left < c->in_chunk ? left : c->in_chunk;
    }
    Chunks *s = c->current;
    u32 part = length < c->chunk_left ? (u32)length : c->chunk_left;
    memcpy(s->payload + s->got, bytes, part);
    s->got += part;
    c->chunk_left -= part;
    bytes += part;
    length -= part;
    if (c->chunk_left > 0)
      return;
    c->current = NULL;
    if (s->got == s->length) {
      s->got = 0;
      take_message(c, s);
    }
  }
}

/* S0 S1 S2, of which only S1 is of use: it is C2. */
static size_t take_handshake(Client *c, const byte *bytes, size_t length)
{
  size_t used = 0;
  for (; used < length && c->shaken < 1 + 2 * HANDSHAKE; c->shaken++, used++)
    if (c->shaken > 0 && c->shaken <= HANDSHAKE)
      c->challenge[c->shaken - 1] = bytes[used];
  if (c->shaken < 1 + 2 * HANDSHAKE)
    return used;
  char url[160];
  snprintf(url, sizeof url, "rtmp://127.0.0.1:%d/%s", port, app);
  put(c, c->challenge, HANDSHAKE);
  c->state = CONNECTING;
  put_command(c, 0, "sn{", "connect", 1.0, "app", app, "flashVer", "LNX 32,0,0,465", "tcUrl", url, NULL);
  return used;
}

static void take(Client *c, size_t most)
{
  ssize_t got = recv(c->fd, buffer, most < sizeof buffer ? most : sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got <= 0) {
    over(c, 0);
    return;
  }
  c->received += (u64)got;
  if (!c->is_slow)
    counted.bytes += (u64)got;
  size_t used = c->state == SHAKING ? take_handshake(c, buffer, (size_t)got) : 0;
  take_chunks(c, buffer + used, (size_t)got - used);
  if (c->state == DEAD)
    return;
  if (c->window && c->received - c->acked >= c->window) {
    c->acked = c->received;
    put_control(c, ACK, (u32)c->received);
  }
  flush(c);
}

/* ---- clients ---- */

static void begin(int index)
{
  Client *c = claimed(calloc(1, sizeof *c));
  int yes = 1, small = 32768;
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
  byte greeting[1 + HANDSHAKE] = { 3 };
  c->index = index;
  c->in_chunk = 128;
  c->begun = now();
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (mode == PLAY && index < slow)
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  if (client_count == client_room) {
    client_room = client_room ? 2 * client_room : 64;
    clients = claimed(realloc(clients, (size_t)client_room * sizeof *clients));
  }
  clients[client_count++] = c;
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) {
    over(c, 0);
    return;
  }
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
  epoll_ctl(polling, EPOLL_CTL_ADD, c->fd, &event);
  for (int i = 9; i <= HANDSHAKE; i++)
    greeting[i] = filling[i + index % 1000];
  put(c, greeting, sizeof greeting);
  flush(c);
}

static void begin_due(u64 time)
{
  static u64 begun;
  double elapsed = (double)(time - program_start) / 1e9;
  if (mode != VISIT) {
    for (; begun < (u64)count && (double)begun <= elapsed * 200; begun++) /* as fast as anybody lets them in */
      begin((int)begun);
    return;
  }
  for (; (double)begun <= elapsed * rate; begun++)
    begin((int)begun);
  int kept = 0;
  for (int i = 0; i < client_count; i++) {
    if (clients[i]->state != DEAD)
      clients[kept++] = clients[i];
    else
      free(clients[i]);
  }
  client_count = kept;
}

/* Once it is watched by nobody else: a slow player is read by the clock alone. */
static void read_slowly(u64 time)
{
  for (int i = 0; i < client_count && i < slow; i++) {
    Client *c = clients[i];
    if (c->state != LIVE)
      continue;
    if (!c->is_slow) {
      struct epoll_event event = { .events = 0, .data.ptr = c };
      c->is_slow = 1;
      c->allowance_at = time;
      epoll_ctl(polling, EPOLL_CTL_MOD, c->fd, &event);
    }
    size_t allowed = (size_t)((double)(time - c->allowance_at) / 1e9 * slow_kbps * 125);
    if (allowed < 512)
      continue;
    c->allowance_at = time;
    take(c, allowed);
  }
}

static void tell_ready(u64 time)
{
  int settled = mode == VISIT || live + dead >= count || time - program_start > (u64)SETUP_S * 1000000000u;
  if (told_ready || !settled)
    return;
  told_ready = 1;
  printf("ready %d\n", live);
}

/* ---- figures ---- */

static double cpu(void)
{
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void measure(void)
{
  memset(&counted, 0, sizeof counted);
  memset(&latency, 0, sizeof latency);
  memset(&line_slow, 0, sizeof line_slow);
  memset(&line_others, 0, sizeof line_others);
  if (mode == VISIT)
    memset(&setup, 0, sizeof setup);
  failed = 0;
  measure_start = now();
  cpu_start = cpu();
}

#define FIGURE(key, value) printf("\"%s\":%.10g,", key, (double)(value))

static void report(void)
{
  putchar('{');
  FIGURE("seconds", (now() - measure_start) / 1e9);
  FIGURE("live", live);
  FIGURE("failed", failed);
  FIGURE("closed", counted.closed);
  FIGURE("messages", counted.messages);
  FIGURE("bytes", counted.bytes);
  FIGURE("lost", counted.lost);
  FIGURE("reordered", counted.reordered);
  FIGURE("corrupt", counted.corrupt);
  FIGURE("slowMessages", counted.slow_messages);
  FIGURE("slowLost", counted.slow_lost);
  FIGURE("visits", counted.visits);
  FIGURE("latencyMs", percentile(&latency, 0.5));
  FIGURE("latencyP99Ms", percentile(&latency, 0.99));
  FIGURE("setupMs", percentile(&setup, 0.5));
  FIGURE("setupP99Ms", percentile(&setup, 0.99));
  FIGURE("lineMs", percentile(&line_others, 0.5));
  FIGURE("slowLines", line_slow.count);
  FIGURE("slowLineMs", percentile(&line_slow, 0.5));
  FIGURE("slowLineMostMs", percentile(&line_slow, 1));
  printf("\"cpuSeconds\":%.3f}\n", cpu() - cpu_start);
}

/* A line a read is enough: who drives this waits for answers. @return 0 at the end of the input */
static int take_order(void)
{
  char line[32];
  ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
  if (got <= 0)
    return 0;
  if (line[0] == 'm')
    measure();
  else
    report();
  return 1;
}

static void take_options(int argc, char **argv)
{
  static const struct {
    const char *key;
    int *value;
  } options[] = { { "count", &count }, { "kbps", &kbps }, { "fps", &fps }, { "gop", &gop }, { "names", &names },
                  { "slow", &slow }, { "slowkbps", &slow_kbps }, { "rate", &rate } };
  static const char *modes[] = { "publish", "play", "visit" };
  if (argc < 5)
    fail("MODE PORT APP NAME [key=value]");
  for (mode = PUBLISH; mode <= VISIT && strcmp(argv[1], modes[mode]); mode++)
    ;
  if (mode > VISIT)
    fail("publish, play or visit");
  port = atoi(argv[2]);
  app = argv[3];
  name = argv[4];
  for (int i = 5; i < argc; i++) {
    const char *value = strchr(argv[i], '=');
    size_t at = 0, known = sizeof options / sizeof *options;
    while (value && at < known && strncmp(options[at].key, argv[i], (size_t)(value - argv[i])))
      at++;
    if (!value || at == known)
      fail(argv[i]);
    *options[at].value = atoi(value + 1);
  }
}

int main(int argc, char **argv)
{
  struct epoll_event events[256], input = { .events = EPOLLIN, .data.ptr = NULL };
  struct rlimit files;
  u32 random = 2463534242u;

  take_options(argc, argv);
  setvbuf(stdout, NULL, _IOLBF, 0);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (size_t i = 0; i < sizeof filling; i++) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    filling[i] = (byte)random;
  }
  polling = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(polling, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  program_start = now();
  measure();
  for (u64 ticked = 0;;) {
    int got = epoll_wait(polling, events, 256, TICK_MS);
    for (int i = 0; i < got; i++) {
      Client *c = events[i].data.ptr;
      if (!c) {
        if (!take_order())
          return 0;
        continue;
      }
      if (c->state != DEAD && (events[i].events & EPOLLOUT))
        flush(c);
      if (c->state != DEAD && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        take(c, sizeof buffer);
    }
    u64 time = now();
    if (time - ticked < TICK_MS * 1000000u)
      continue;
    ticked = time;
    begin_due(time);
    tell_ready(time);
    if (mode == PUBLISH && told_ready)
      publish_due(time);
    if (mode == PLAY && slow)
      read_slowly(time);
  }
}
