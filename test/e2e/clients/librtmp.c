/*
 * A connection made by librtmp (the library of rtmpdump; OBS carries a fork of it), for calls both ways.
 *
 *   librtmp URL [ARGUMENT...]        ARGUMENTs are what the application gets at connect
 *
 * Each line of standard input is a call: its name and its arguments, separated by tabs. The call "!name" wants no
 * answer. Arguments are written as for rtmpdump's --conn: B:1 N:7 S:text Z: and objects as O:1 NS:name:text O:0.
 * Each command that comes in is printed as a line of JSON: {"name", "transaction", "values"}; "$undefined" and
 * {"$date": ms} stand for what JSON has not. Calls of the server are answered with "librtmp".
 * The end of the input ends the program; so does the end of the connection.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#define MESSAGE_BYTES 65536
#define CHANNEL 3

static const AVal conn = AVC("conn");

static AVal aval(const char *text)
{
  AVal val = { (char *)text, (int)strlen(text) };
  return val;
}

static void print_string(const AVal *text)
{
  putchar('"');
  for (int i = 0; i < text->av_len; i++) {
    unsigned char byte = (unsigned char)text->av_val[i];
    if (byte < ' ')
      printf("\\u%04x", byte);
    else if (byte == '"' || byte == '\\')
      printf("\\%c", byte);
    else
      putchar(byte);
  }
  putchar('"');
}

static void print_value(AMFObjectProperty *value);

static void print_members(AMFObject *object, char open, char close, int named)
{
  putchar(open);
  for (int i = 0; i < object->o_num; i++) {
    if (i > 0)
      putchar(',');
    if (named) {
      print_string(&object->o_props[i].p_name);
      putchar(':');
    }
    print_value(&object->o_props[i]);
  }
  putchar(close);
}

static void print_value(AMFObjectProperty *value)
{
  switch (value->p_type) {
  case AMF_NUMBER:
    printf("%.17g", value->p_vu.p_number);
    break;
  case AMF_BOOLEAN:
    fputs(value->p_vu.p_number != 0 ? "true" : "false", stdout);
    break;
  case AMF_STRING:
  case AMF_LONG_STRING:
    print_string(&value->p_vu.p_aval);
    break;
  case AMF_OBJECT:
  case AMF_ECMA_ARRAY:
  case AMF_TYPED_OBJECT:
    print_members(&value->p_vu.p_object, '{', '}', 1);
    break;
  case AMF_STRICT_ARRAY:
    print_members(&value->p_vu.p_object, '[', ']', 0);
    break;
  case AMF_DATE:
    printf("{\"$date\":%.17g}", value->p_vu.p_number);
    break;
  case AMF_UNDEFINED:
    fputs("\"$undefined\"", stdout);
    break;
  case AMF_NULL:
    fputs("null", stdout);
    break;
  default:
    printf("\"$type %d\"", value->p_type);
  }
}

/* Sends a command; `arguments` may be NULL. Nothing is sent that is too long for the buffer. */
static int send_command(RTMP *r, const char *name, double transaction, AMFObject *arguments)
{
  static char buffer[RTMP_MAX_HEADER_SIZE + MESSAGE_BYTES];
  char *at = buffer + RTMP_MAX_HEADER_SIZE, *end = buffer + sizeof buffer;
  AVal text = aval(name);
  RTMPPacket packet = { 0 };

  packet.m_nChannel = CHANNEL;
  packet.m_headerType = RTMP_PACKET_SIZE_LARGE;
  packet.m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet.m_body = at;
  at = AMF_EncodeString(at, end, &text);
  at = at ? AMF_EncodeNumber(at, end, transaction) : NULL;
  if (at)
    *at++ = AMF_NULL;
  for (int i = 0; at && arguments && i < arguments->o_num; i++)
    at = AMFProp_Encode(&arguments->o_props[i], at, end);
  if (!at)
    return 0;
  packet.m_nBodySize = (uint32_t)(at - packet.m_body);
  return RTMP_SendPacket(r, &packet, 0);
}

/* One line of input: librtmp's own option parser reads the typed arguments. */
static int call(RTMP *r, char *line)
{
  static double transaction = 1;
  char *rest = line, *name = strsep(&rest, "\t"), *argument;
  int wants_answer = name[0] != '!';
  RTMP *reader = RTMP_Alloc();
  int sent = 1;

  RTMP_Init(reader);
  while (sent && (argument = strsep(&rest, "\t"))) {
    AVal text = aval(argument);
    sent = RTMP_SetOpt(reader, &conn, &text);
  }
  sent = sent && send_command(r, name + !wants_answer, wants_answer ? ++transaction : 0, &reader->Link.extras);
  AMF_Reset(&reader->Link.extras);
  RTMP_Free(reader);
  return sent;
}

static int is(AMFObjectProperty *value, const char *text)
{
  AVal wanted = aval(text);
  return value->p_type == AMF_STRING && AVMATCH(&value->p_vu.p_aval, &wanted);
}

static void answer(RTMP *r, double transaction)
{
  AMFObjectProperty text = { .p_type = AMF_STRING, .p_vu.p_aval = AVC("librtmp") };
  AMFObject arguments = { 1, &text };
  send_command(r, "_result", transaction, &arguments);
}

static void take_command(RTMP *r, RTMPPacket *packet)
{
  AMFObject command;
  AMFObjectProperty *name, *transaction;

  if (AMF_Decode(&command, packet->m_body, (int)packet->m_nBodySize, 0) < 0 || command.o_num < 2) {
    printf("{\"name\":\"$malformed\"}\n");
    return;
  }
  name = AMF_GetProp(&command, NULL, 0);
  transaction = AMF_GetProp(&command, NULL, 1);
  AMFObject values = { command.o_num - 2, command.o_props + 2 };
  fputs("{\"name\":", stdout);
  print_value(name);
  fputs(",\"transaction\":", stdout);
  print_value(transaction);
  fputs(",\"values\":", stdout);
  print_members(&values, '[', ']', 0);
  puts("}");
  if (transaction->p_vu.p_number > 0 && !is(name, "_result") && !is(name, "_error"))
    answer(r, transaction->p_vu.p_number);
  AMF_Reset(&command);
}

/* Whatever is no command (chunk size, windows, pings) is librtmp's own business. */
static int receive(RTMP *r)
{
  RTMPPacket packet = { 0 };
  do {
    if (!RTMP_ReadPacket(r, &packet))
      return 0;
  } while (!RTMPPacket_IsReady(&packet));
  if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE)
    take_command(r, &packet);
  else
    RTMP_ClientPacket(r, &packet);
  RTMPPacket_Free(&packet);
  return 1;
}

static int serve(RTMP *r)
{
  struct pollfd ready[2] = { { RTMP_Socket(r), POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
  char line[MESSAGE_BYTES];

  while (RTMP_IsConnected(r)) {
    int buffered = r->m_sb.sb_size > 0;
    if (poll(ready, 2, buffered ? 0 : -1) < 0)
      return 1;
    if ((buffered || ready[0].revents) && !receive(r))
      return 1;
    if (ready[1].revents) {
      if (!fgets(line, sizeof line, stdin))
        return 0;
      line[strcspn(line, "\n")] = 0;
      if (!call(r, line))
        return 1;
    }
  }
  return 1;
}

int main(int argc, char **argv)
{
  RTMP *r = RTMP_Alloc();
  int failed;

  if (argc < 2)
    return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what fgets has not taken */
  RTMP_LogSetLevel(RTMP_LOGERROR);
  RTMP_Init(r);
  if (!RTMP_SetupURL(r, argv[1]))
    return 2;
  for (int i = 2; i < argc; i++) {
    AVal text = aval(argv[i]);
    if (!RTMP_SetOpt(r, &conn, &text))
      return 2;
  }
  failed = !RTMP_Connect(r, NULL) || serve(r);
  RTMP_Close(r);
  RTMP_Free(r);
  return failed;
}
