// Package etcdstore keeps reboot locks in etcd v3, under the keys and in the format of airlock, so that any number
// of lock servers, airlock among them, share one set of semaphores.
//
//	store, err := etcdstore.Open(ctx, &etcdstore.Options{
//		Endpoints: []string{"http://127.0.0.1:2379"},
//		Groups:    semaphore.Groups{"default": 1},
//	})
//	sem, err := store.Lock(ctx, "default", id)
//
// The semaphore of a group is the value {"total_slots":2,"holders":["aa","bb"]} of the key
// com.coreos.airlock/groups/GROUP/v1/semaphore, see [Key]. It is made with the configured slots when it is first
// needed; from then on the stored number counts. Fields that others have added to the value stay in it, and a value
// that is no semaphore is an error and never overwritten.
//
// A [Store] has one client, with one connection per endpoint, for its whole life. The requests of a group that wait
// at the same time go to etcd together, in one transaction: "if the value is still the one last seen, put the next
// one, else get it". When another server was quicker, it decides again on the new value and repeats, until the
// deadline of the requests.
//
// What it promises: a granted lock and a release always rest on a transaction that etcd has acknowledged since the
// request came in, even when they change nothing, so that no lost transaction of before can still undo them; a
// refusal and a plain look rest on that or on a linearizable read. No acknowledgement until the deadline is an
// [*UnavailableError], whether or not the transaction took effect; asking again is safe since locks are recursive.
// A repeated transaction cannot apply twice, because each names the revision that it replaces.
package etcdstore
