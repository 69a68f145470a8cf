/** What `rtmpsyc --help` prints. */
export const usage = `rtmpsyc: an RTMP server for Flash media and chat applications, federated over PSYC

  rtmpsyc [start] [options]   run a node (the default command)
  rtmpsyc check [options]     validate the configuration and say what it means; start nothing
  rtmpsyc probe URL           connect to an rtmp:// or psyc:// URL and tell step by step what happens and what is there
  rtmpsyc watch UNIFORM       print what happens in a place, an object or a stream of any node, as it happens
  rtmpsyc decode KIND         tell what bytes on standard input say, as JSON (--hex: they are hex text)
                              KIND: amf0 amf3 shared-object shared-object-amf3 chunks psyc psyc09 uniform
  rtmpsyc --version

Options of start and check
  --rtmp-port N      RTMP port (1935); 0 picks a free one. Every port answers every protocol.
  --http-port N      HTTP and WebSocket port (8080)
  --psyc-port N      PSYC port (4404)
  --bind ADDRESS     address to listen on (127.0.0.1: this machine only; 0.0.0.0: everybody)
  --host NAME        our name in uniforms (localhost); required with a public address
  --data DIR         folder for what has to survive a restart
  --config FILE      YAML or JSON: apps, profiles, limits
  --log-level LEVEL  trace debug info warn error (info)
  --ready-file FILE  write {"rtmp":…,"http":…,"psyc":…}, the ports, once all of them listen
`
