// Package agenttest runs the update agent as a process through whole stories, and compares what it does, says and
// counts with records of the reference program, zincati 0.0.32.
//
//	TestStories                a machine's days: updates, refusals, failures, users who are logged in, …
//	TestRandom                 random worlds: configurations, graphs, lock servers and systems made from a seed
//	TestBroken                 the same, broken so that the agent does not start, with its messages
//	TestRandomExtras           random worlds with the settings that the reference does not know
//	TestHostile…, TestLongTexts
//	                           graph and lock servers that mean harm
//	TestTerm, TestClockJumps, TestAway, TestSoak
//	                           signals, jumps of the clock, parts that are not there, ten thousand polls without growth
//
// The subject is the example program, built by the tests with a clock that runs faster. Its world is a mount namespace
// of package internal/agentlab, with stand-ins for rpm-ostree, loginctl and pkexec.
//
//	go test ./examples/zincati/agenttest
//
// The tests need Linux, root, the go command, and unshare of util-linux. They take half a minute to two minutes on two
// processors.
//
// # Records
//
// The records in testdata are made with
//
//	go test ./examples/zincati/agenttest -run TestStories -args -record PATH/OF/zincati
//
// which needs the reference and faketime. The random worlds take the same option, for whatever tests and seeds. As many
// more as one likes are compared with the reference directly:
//
//	go test ./examples/zincati/agenttest -run 'TestRandom$|TestBroken' -args -reference PATH -seeds 1000-2000
package agenttest
