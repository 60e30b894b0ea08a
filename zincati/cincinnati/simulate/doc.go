// Package simulate lets a fleet of nodes live through a rollout: which share
// of it runs which release when, what windows and reboot locks do to that,
// how many requests the graph server gets.
//
//	curves, err := simulate.Run(ctx, graph, simulate.Fleet{
//		Nodes:  1_000_000,
//		Length: 50 * time.Hour,
//		Stage:  simulate.Delay{Min: 2 * time.Minute, Max: 20 * time.Minute, LongTail: true},
//		Reboot: simulate.Delay{Min: time.Minute, Max: 4 * time.Minute},
//	})
//	err = curves.WriteCSV(file)
//	err = curves.WriteSVG(picture)
//
// # Model
//
// A node is the update agent with one second as the unit of time: it has an
// id, from which its wariness follows, checks for updates every 300 s plus 0
// to 30 s in steps of three, is answered by the graph as throttled in that
// second, and takes the newest release that an edge leads to. Staging that
// takes a while. Then it reboots when windows and lock allow, else it tries
// again after 300 to 330 s. After the reboot, during which it holds the lock,
// it checks at once; so barriers are taken hop by hop. Nothing fails, nobody
// is logged in, and nodes are on all the time.
//
// Within a second the nodes of a lock group act in the order of their
// numbers. All random numbers follow from the seed and the node's number: the
// result does not depend on the number of cores, and a node behaves the same
// in a smaller fleet.
//
// # Cost
//
// A check that brings nothing needs no event: the second from which a node is
// offered something is known ([cincinnati.Rollout.OfferedFrom]), and the
// first check after it is found by adding up the jitter. Nodes without locks
// are simulated one after the other in constant memory, a million through 50
// hours in about three seconds of one core. A lock group is simulated as a
// whole, with its nodes in memory (some 100 bytes each) and an event for every
// refused lock.
package simulate
