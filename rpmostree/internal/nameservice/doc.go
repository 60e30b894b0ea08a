// Package nameservice looks after the user and group files of a tree that is being assembled.
//
// Distributions with the altfiles name service module keep the vendor's users in usr/lib/passwd and
// usr/lib/group, and only the administrator's in /etc. Scripts of packages know nothing of that: they call
// useradd, which edits /etc. So Prepare shows them one set of files in /etc, and [State.Finish] sorts
// what they made back into place:
//
//	state, err := nameservice.Prepare(ctx, tree, local)
//	… scripts run …
//	names, err := nameservice.Load(tree)
//	err = state.Finish(ctx, tree)
//	uid, ok := names.UID("chrony")
//
// Names are loaded before Finish, since files may belong to users that only the local system has.
//
// Trees without usr/lib/passwd keep all users in /etc, as on distributions without that module; there
// the files stay as the scripts leave them. Local users are not shown to the scripts there: they would take a user
// that the last layered commit added for the administrator's, and not add it to the next.
//
// The tree has its /etc in etc while scripts run, see package rootfs.
package nameservice
