// Package filestore keeps the semaphores of a FleetLock server in a directory
// of its own, for sites that run one server and no etcd.
//
//	store, err := filestore.Open("/var/lib/fleetlock/state", semaphore.Groups{"default": 1}, nil)
//	if err != nil { … }
//	defer store.Close()
//	_, err = store.Lock(ctx, "default", "node-1")
//
// # Guarantees
//
// [Store.Lock] and [Store.Unlock] return nil only after the change is on
// stable storage. After a crash at any moment the store holds some prefix of
// the acknowledged changes' history, all of them included, plus at most
// changes that were still waiting. All that wait at the same time share one
// fdatasync. Refusals, repeated locks and reads come from memory.
//
// A write or a sync that fails says nothing about what is on the disk, and a
// later sync of the same file may succeed without it. So the file is given up,
// the requests that waited fail, and the next change first writes what is
// known to be durable into a new file; with a full disk each change fails in
// this way until there is room.
//
// One process has the directory at a time, by a lock on the file "lock".
//
// # Files
//
// The file "state" begins with the line "fleetlock-log 1", eight random bytes
// and the file's size (u64); then frames follow, each at a multiple of eight
// bytes:
//
//	magic "FLk\x01" | kind u32 | sequence u64 | length u32 | crc32c u32 | crc32c u32 | zero u32 | payload | zeros
//
// in little endian; the first checksum covers random bytes and size, kind,
// sequence, length and payload, the second one random bytes and size and all
// before it.
// The first frame is a snapshot of all groups; then one frame of changes for
// each fdatasync, numbered without gaps. The rest of the file is zeros that
// were written in advance: overwriting them changes no metadata, so that
// fdatasync has one write to wait for. When the zeros are used up, a new file
// is written aside, synced and renamed over the old one. A store that was
// closed in good order is one snapshot of a kind that nothing follows.
//
// As only one frame is ever under way, a damaged last frame of which a sector
// or the end is missing is the torn end of an interrupted write, and dropped.
// A damaged frame that is complete, or before a good one, a damaged snapshot,
// a file that was cut where frames may have been, or anything but zeros further
// down is a [*CorruptError], and the store is not opened.
package filestore
