// Package server answers a fleet's question "which updates may I take now?" over HTTP: it is a graph builder, a
// policy engine, or both in one process, as drop-ins for the two programs of the Fedora CoreOS update backend.
//
// [ParseConfig] reads the configuration, [New] makes a server, [Server.Run] serves until its context ends:
//
//	cfg, warnings, err := server.ParseConfig(data, server.Combined)
//	…
//	s, err := server.New(cfg, &server.Options{Logger: log})
//	…
//	err = s.Run(ctx) // until ctx ends, then nil
//
// [Server.Listen] before Run tells what cannot be had, and [Server.Addr] where it is. In a program with listeners of its
// own [Server.Handler] and [Server.StatusHandler] stand in for Run. A configuration that asks for protection is not
// served without it there either: they demand the password and the client certificate themselves, bound the requests,
// and refuse what does not come by TLS when that is configured.
//
// # Anatomy
//
//	releases.json ─┐  every 30 s, each stream on its own
//	updates.json ──┴▶ scraper ─▶ graphs: stream × architecture × scheme
//	                                │
//	upstream graph ─▶ remote ───────┤  PolicyEngine in place of the scraper
//	 (1 s, coalesced)               ▼
//	                            snapshot: the graph and its few distinct answers, ready as bytes
//	                                │
//	GET /v1/graph?… ─▶ parse ─▶ wariness ─▶ compare with the thresholds of this second ─▶ write
//
// With K rollouts under way a graph has at most K+1 different answers at any moment, since a node's answer depends
// only on how many of the rollouts' throttles are below its wariness. Each answer is encoded once, plain and as
// gzip, with a strong ETag; a request costs a parse, one SipHash and a comparison.
//
// # Configuration
//
//	[service]                    # likewise [status], port 9081
//	address = "0.0.0.0"
//	port = 8081                  # of a graph builder 8080, and its status 9080
//	[upstream]                   # http, https or file
//	releases_url = "file:///srv/updates/releases-${stream}.json"
//	updates_url = "file:///srv/updates/updates-${stream}.json"
//	pause_secs = 30
//	[streams]                    # default: those of Fedora CoreOS
//	stable = ["x86_64", "aarch64"]
//
// A policy engine has upstream.url and upstream.cache_secs instead. Listeners also know socket, tls_cert, tls_key,
// client_ca, auth_file and max_concurrent; the service also origin_allowlist.
//
// # What clients see
//
// GET and HEAD of /v1/graph. Errors are {"kind":"…","value":"…"}: 400 for parameters that are missing or wrong,
// 404 for a stream or architecture that is not built, 500 in a PolicyEngine whose upstream has not answered yet.
// An upstream that stops answering costs nothing but freshness: the last good graph is served on. A graph builder
// that has not finished its first round serves an empty graph. /, /graph.svg and /graph.dot show a graph to people.
//
// The status listener has /metrics, /livez and /readyz.
//
// # Time
//
// A rollout only ever advances: when the clock steps back by up to ten minutes the server uses the latest time it has
// seen, so what was offered to a node is not withdrawn unless the metadata change. After a larger step the later time
// counts as wrong.
package server
