// Package lockstore opens the store that the configuration of a lock server names: a directory of its own (package
// filestore) or etcd (package etcdstore). It is apart from package server so that only programs which may need etcd
// have its client.
//
//	cfg, err := server.ParseConfig(data)
//	store, err := lockstore.Open(ctx, cfg, nil)
//	defer store.Close()
//	s, err := server.New(cfg, store, nil)
//	err = s.Run(ctx)
//
// [Slots] and [Release] are for operators: they look into the store of a configuration and give back a lock, whether a
// server runs or not. A directory belongs to one process at a time; while that is a server, they ask it through the
// socket that it has there ([server.AdminClient]).
package lockstore
