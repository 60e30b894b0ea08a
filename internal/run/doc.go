// Package run starts external programs: as argument lists, never through a
// shell, logged, bounded, and replaceable in tests.
//
// Code that needs a program takes a [Runner]; [Exec] is the real one,
// [Recorder] the one for tests.
//
//	out, err := run.Output(ctx, runner, "blkid", "-o", "export", device)
//
// # What a run does
//
//   - The program gets the arguments as they are. Its standard input is empty
//     unless given, its environment is the process's unless given.
//   - Output goes to writers if the command has them; else it is kept, the
//     first [DefaultLimit] bytes of each stream by default. Longer output is
//     cut and marked, it neither fills memory nor blocks the program.
//   - Its end is logged (level debug): program, arguments, status, duration.
//   - An exit status other than 0 is an [ExitError], which shows the command
//     and the end of standard error.
//   - When the context ends, the program and its children (its process group)
//     get the signal TERM, after a grace period KILL, and the error is the
//     context's. On systems other than Unix only the program is killed.
//
// Secrets must not be passed in arguments: they are logged, and visible to
// every user of the machine; use Stdin.
package run
