// Package zincati is an update agent for image-based systems: it asks a graph server which release comes next, has
// rpm-ostree stage it, waits until a strategy and the people at the machine agree, and has it finalized, which reboots.
//
//	a, err := zincati.New(&zincati.Config{
//		Identity: id, Strategy: strat, Driver: d, Graph: client, BaseURL: "https://updates.example.com/", Enabled: true,
//	})
//	err = a.Run(ctx)
//
// The behaviour is that of Zincati 0.0.32. Package service assembles an agent from a system's configuration files and
// runs it as the system's service; the parts have packages of their own:
//
//	cincinnati   update graphs: model, client, the choice of a target, rollouts, and a server
//	strategy     when the machine may reboot
//	fleetlock    reboot locks: client, server, stores
//	driver       staging and finalizing by rpm-ostree's command line, or in process
//	identity     who the machine is to the servers
//	config       configuration fragments
//
// # The states
//
//	StartState ─▶ Initialized ─▶ ReportedSteady ─▶ NoNewUpdate ◀──────────────┐
//	    │ disabled    │ repeats until      │           │ repeats              │ abandoned
//	    ▼             │ acknowledged       └─────┬─────┘                      │
//	 EndState         ▼                          ▼ target found               │
//	    ▲          (strategy)             UpdateAvailable ── fails 12 times ──┘
//	    │                                        │ staged and verified
//	    └── UpdateFinalized ◀────────────── UpdateStaged  waits for the strategy, then for users
//
// A change of the kind of state is followed by the next tick at once; everything else waits, see [Delay].
//
// # What is guaranteed
//
// The agent reboots only into the very release that it chose: after staging, version, payload and stream of the staged
// deployment are compared, and it is staged locked, so that no other reboot takes it. Whatever fails or is unclear means
// that nothing happens: a graph that cannot be had or read is no update, a strategy that errs is a no. There are two
// exceptions, both the reference's: a login service that does not answer counts as nobody logged in, and users are waited
// for ten minutes at most.
//
// Nothing but rpm-ostree is waited for without limit: servers and other programs have five minutes to answer.
//
// A lock is asked for again at every tick while the reboot is put off; lock servers take that as one lock.
//
// The agent keeps nothing on disk. Releases that were deployed beside the booted one when it started, and releases of a
// wrong stream, are not chosen.
package zincati
