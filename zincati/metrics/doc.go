// Package metrics holds the figures of the update agent and serves them on a Unix socket.
//
// [New] makes an empty set, [Metrics.Inc] and [Metrics.Set] fill it, [Metrics.Listen] and [Server.Serve] hand it out:
//
//	m := metrics.New()
//	s, err := m.Listen("/run/zincati/public/metrics.promsock", nil)
//	if err != nil {
//		return err
//	}
//	go s.Serve(ctx)
//	m.Inc("zincati_cincinnati_update_checks_total")
//
// # The socket
//
// There is no HTTP. A client connects and reads the Prometheus text format, version 0.0.4, to the end of the file;
// whatever it sends is thrown away. local_exporter and
//
//	socat - UNIX-CONNECT:/run/zincati/public/metrics.promsock
//
// read it. The text is the same that zincati 0.0.32 writes, with these properties that programs have come to rely
// on: a series is absent until it is touched for the first time, and numbers are never written with an exponent.
//
// # Guarantees
//
// All methods may be called by several goroutines at once. A client that is silent, slow or talkative holds up
// neither the agent nor other clients: each is served by itself, no longer than some seconds, and when too many are
// connected the oldest one is cut off. The socket file stays when the server ends, as a following instance may have
// replaced it already.
package metrics
