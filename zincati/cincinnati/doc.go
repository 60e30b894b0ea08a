// Package cincinnati speaks the Cincinnati protocol: an operating system's update graph, as
// agents ask for it, servers build it, and rollouts are phased by it.
//
// An agent needs [Client.Graph] to get its graph and [Select] to find the update in it. A
// server needs [Build] to make a graph of the files that release engineers keep, and
// [Filter] to answer a node; the sub-package server does both for a fleet. [Explain] tells
// people why a node is not offered a release, and when it will be; the sub-package source
// gets graphs for such tools.
//
// # The graph
//
//	{"nodes": [{"version": "1.4", "payload": "9c…", "metadata": {…}},
//	           {"version": "1.5", "payload": "e0…", "metadata": {…}}],
//	 "edges": [[0, 1]]}
//
// Nodes are releases, oldest first. An edge is an update that may be taken now; whatever must
// not happen is expressed by leaving edges out, so that agents need no policy of their own:
//
//	barrier    older releases must pass through it: no edges across
//	dead end   no edges away from it
//	rollout    no edges to it for nodes whose wariness exceeds the throttle of the moment
//
// The payload is an ostree commit ("checksum") or a container image pinned by its digest
// ("oci"). Metadata are strings; see the Meta constants.
//
// # Rollouts
//
// Each node has a wariness from 0 (eager) to 1, derived from its id by a fixed hash
// ([Wariness]) unless it is configured. Each rollout has a throttle that rises from a start
// value to 1 over its duration ([Rollout.Throttle]). A node is offered the release once its
// wariness is not greater than the throttle; once offered, it stays so. Both numbers are
// computed bit for bit as Fedora CoreOS's policy engine (0.3 and later) does, on all
// architectures, so that nodes do not flap between servers.
//
//	throttle
//	 1 ┤             ╭──────
//	   │         ╭───╯
//	 V ┤     ╭───╯              a node of wariness w is let in
//	 0 ┼─────╯                  when the line reaches w
//	      start        start + duration
//
// The functions of the policy are pure: they know neither clock nor network.
//
// # Errors and bounds
//
// The failure of a check is an [*Error], whose kind is a label for metrics and whose text is
// that of zincati 0.0.32. Documents are read strictly (duplicate keys, null, and fractions
// for integers are refused; unknown keys ignored) in linear time, up to [MaxNodes],
// [MaxEdges], [MaxMetadata], [MaxString] and a size in bytes. Graphs may have cycles,
// duplicate edges and edges to nowhere.
//
// Clients keep one graph and its ETag, ask with If-None-Match and gzip, follow ten redirects,
// and use HTTP and SOCKS proxies ([ProxyFromEnvironment]).
//
// # Not done
//
// Signatures of graphs, content encodings other than gzip, and the conditional edges that
// OpenShift's servers send beside the edges, which are ignored.
package cincinnati
