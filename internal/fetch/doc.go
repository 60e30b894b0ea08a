// Package fetch gets bytes from URLs: http, https, file and data. It is the one HTTP client
// of the module.
//
// [New] makes a [Client], which is kept for its connections. [Client.Get] gives a streaming
// reply; [Client.Fetch] gives it to a function and begins again when the transfer breaks;
// [Client.GetBytes] and [Client.GetToFile] are that for memory and for files.
// [Client.GetResuming] gives a body that goes on by itself after a break.
//
// # Life of a request
//
//	Request ─▶ each of Mirrors in order ─▶ slot of MaxConcurrent ─▶ redirects ─▶ status
//	   ▲                                                                          │
//	   └── pause (Backoff) ◀── transient Error, up to Retries times ◀─────────────┤
//	                                                                              ▼
//	Body:  network ─▶ low-speed watch ─▶ gzip ─▶ size, digest ─▶ Decode ─▶ size, digest
//
// The defaults and the rules are those of libostree's fetcher on top of libcurl: 8 requests at
// a time, 5 retries, 30 s to connect, at least 1000 bytes a second over 30 s, and error texts
// with curl's numbers ([Error]), since scripts look for them:
//
//	While fetching http://127.0.0.1:1/summary.sig: [7] Couldn't connect to server
//
// A verdict on the body comes at its end: a reader of Response.Body must go on to io.EOF, and
// until then regard the bytes as unverified. A Content-Length that is not reached is an error
// there as well as a missing last chunk, a digest that differs, or a size that is exceeded.
//
// # Connections
//
// Unencrypted HTTP without proxy takes a lean transport in which the calling goroutine itself
// writes the request and reads the reply: a pull of loose objects is tens of thousands of
// small requests. Everything else is net/http's: HTTP/2 (over TLS), proxies, request bodies.
// Connections are used again wherever the protocol permits; the short bodies of errors and
// redirects are read for that.
//
// # Secrets
//
// User name and password of a URL are sent to its host only, also after redirects; passwords
// do not occur in errors and traces ([RedactURL]), nor do Authorization and Cookie headers.
// Cookies come from a cookies.txt ([ParseCookies], [AppendCookie], [DeleteCookie]), and
// Set-Cookie is not obeyed.
//
// # Not done
//
// Keys in PKCS #11 tokens, HTTP/2 without TLS, HTTP/3, authentication other than Basic, and
// content encodings other than gzip.
package fetch
