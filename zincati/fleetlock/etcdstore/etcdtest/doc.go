// Package etcdtest starts etcd for tests, on ports and in directories of its own, and mistreats it.
//
// It is for tests of what keeps its state in etcd and has to stay right while members die or hang; lock stores are the
// case at hand. [Start] runs a [Cluster] until the end of the test; a [Member] of it can be killed and started again
// ([Member.Kill], [Member.Start]) or stopped as a hanging machine is ([Member.Freeze], [Member.Thaw]); [Cluster.Ctl]
// runs etcdctl to look at and change the keys behind the back of what is tested.
//
//	c := etcdtest.Start(t, 3, nil)
//	store, err := etcdstore.Open(t.Context(), &etcdstore.Options{Endpoints: c.Endpoints(), Groups: groups})
//	c.Members[0].Kill() // two of three go on
//
// It needs the programs etcd and etcdctl (Debian: etcd-server, etcd-client) in PATH; without them [Start] skips the
// test, or fails it where the environment has CI=true. No privileges are needed. A cluster is up in about a second. Data
// are in /dev/shm where that exists, heartbeats come every 50 ms and elections take 500 ms, so that tests are quick;
// nothing is measured with it.
//
// Members may be killed and started from several goroutines. On Linux etcd ends with the test's process, however that
// ends; elsewhere a test that is killed leaves it running, and a frozen member is given a second to stop.
package etcdtest
