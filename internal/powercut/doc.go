// Package powercut records the block writes of a workload and replays every state that a power cut can
// leave on the disks.
//
// [Record] serves image files as block devices; what a file system on them writes is logged with its
// flushes. [Replay] then walks through the log: [Replay.Run] calls a function with the disks as they are
// after each write, and with random choices of the writes that no flush had made durable yet.
//
//	rec, err := powercut.Record(ctx, dir, "root.img")
//	… mount rec.Device(0), do the work, unmount …
//	log, err := rec.Close()
//	replay, err := powercut.NewReplay(dir, []string{"before.img"}, log)
//	err = replay.Run(&powercut.RunOptions{Subsets: 3}, func(p *powercut.Point) error {
//		v, err := p.Volume(0) // as a boot loader sees it: the journal is not replayed
//		…
//		err = p.Copy(0, "copy.img") // for Mount, which replays the journal
//	})
//
// # How it works
//
// The kernel needs no module for it: a file system in user space shows the images as files whose every
// read and write reaches this process, and a loop device sits on each file. The loop device has a volatile
// cache as far as the block layer knows, so that flushes and forced writes arrive as fsync of the file.
// All disks of one recording share one log, in the order in which the writes arrived.
//
// # What a boot loader sees
//
// [OpenExt4] and [OpenXFS] read a volume like the drivers of boot loaders: nothing but what is in its
// final place counts, no journal is replayed. They understand what the tools of today make by default,
// for small directories and files; other features are errors.
package powercut
