// Package areas holds the rules of who may import whom, as tests.
//
//	ostree ◀── rpmostree ◀── zincati (driver/native alone)
//	   ▲
//	   └────── installer (signatures) ──▶ ignition/config (live media)
//
//	ignition, afterburn: none of the others
//
// Who imports a light package does not pay for the modules of a heavy one: etcd and gRPC belong to one store of locks,
// Prometheus to the servers and the agent's metrics, registries to container images, OpenPGP to signatures, the D-Bus to
// what talks to systemd.
package areas
