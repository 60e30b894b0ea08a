// Package nameservice looks after the user and group files of a tree that is being assembled.
//
// Distributions with the altfiles name service module keep the vendor's users in usr/lib/passwd and
// usr/lib/group, and only the administrator's in /etc. Scripts of packages know nothing of that: they call
// useradd, which edits /etc. So Prepare shows them one set of files in /etc, and [State.Finish] sorts
// what they made back into place:
//
//	state, err := nameservice.Prepare(ctx, tree, local)
//	… scripts run …
//	err = state.Finish(ctx, tree)
//	names, err := nameservice.Load(tree)
//	uid, ok := names.UID("chrony")
//
// Trees without usr/lib/passwd keep all users in /etc, as on distributions without that module; there
// the files stay as the scripts leave them.
//
// The tree has its /etc in etc while scripts run, see package rootfs.
package nameservice
