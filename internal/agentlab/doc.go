// Package agentlab runs an update agent as a process in a world of its own: a mount namespace with its own /etc, /run,
// kernel command line and machine id, a user "zincati", a PATH with stand-ins for rpm-ostree, loginctl and pkexec, a
// graph server, a lock server and a socket for notifications of the service manager.
//
// Everything that the agent does with this world is one list of events, in the order in which it happened, whatever
// the channel. The answers are functions of the test. As nothing in it knows which program is the subject, the same
// scenario runs the real zincati and ours.
//
// It is for tests: the test's TestMain calls Main first, since the stand-ins are the test binary itself under another
// name.
package agentlab
