// Package httpserve runs an http.Handler on one address the way a fleet's servers need it: on TCP, on a Unix socket
// or on sockets passed by systemd; with TLS whose files may be renewed in place, client certificates, passwords;
// with bounds on concurrency, bodies and slow clients; and with a graceful end.
//
//	s, err := httpserve.Listen(httpserve.Config{Address: "0.0.0.0", Port: 3333}, log)
//	…
//	err = s.Serve(ctx, handler) // until ctx ends and the requests in progress are answered
//
// [Listen] binds and reads all files, so that a wrong configuration is known before the program says it is ready.
// Nothing on the way of a request touches the file system: [Server.Serve] looks for changed files once a second.
//
// A [Group] is a server with several such addresses, and [Protect] has what can be had without any.
//
// Requests that the package refuses itself carry {"kind":"…","value":"…"} and one of the kinds [KindOverloaded],
// [KindUnauthorized], [KindForbidden], [KindBodyTooLarge] and [KindRequestTimeout].
package httpserve
