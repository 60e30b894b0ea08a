// Package etcmerge carries an administrator's changes of /etc over to a new deployment.
//
// [Merge] does it, [Plan] tells what it would do, [Compare] lists the administrator's changes alone.
//
//	res, err := etcmerge.Merge(ctx, orig, modified, target, nil)
//	var conflict *etcmerge.ConflictError
//	if errors.As(err, &conflict) { … }
//
// # The three directories
//
//	orig      usr/etc of the old deployment, the defaults that it came with
//	modified  etc of the old deployment, where the administrator works
//	target    etc of the new deployment, a fresh copy of its own usr/etc
//
// Each is an open directory. What differs between the first two is applied to the third; the administrator's
// version of a file replaces the new default as a whole, nothing is merged within files.
//
// # What is a change
//
// Owner, group, mode, content of a file, target of a link; neither times nor extended attributes. An entry that
// is another kind of thing than in orig is modified, and what is below it is not looked at; an entry that is
// missing is removed with all below it; below a new directory everything is listed as added. The three lists
// are in the order of the paths' bytes.
//
// # What is done
//
// Removed paths are removed from target. Then the modified paths and then the added ones are copied, if they
// are files, links or directories, with owner, mode, extended attributes, and times of files; a directory that
// target has already is left as it is, but the directory that directly holds a copied path gets owner, mode and
// attributes of its counterpart. So a directory whose mode alone was changed keeps the new default. A FIFO,
// socket or device is not copied, though what target has in its place is removed. Attributes include SELinux
// labels: the copies are labelled as the files in modified are, no policy is asked.
//
// # Conflicts
//
// Some changes do not fit into the new defaults: a file where there is a directory now, or something below a
// path that is a file now. [Merge] looks for them first and changes nothing if there are any; [Plan] lists
// them all.
//
// # Links
//
// No path leads out of the three directories. In orig and modified no link is followed at all. In target a
// directory on the way may have become a link; it is followed as in a running system, where target is /etc, as
// long as it stays there: foo -> bar and foo -> /etc/bar are the directory bar. libostree follows links out of
// it too, and writes the administrator's files to the /usr of the deployment, where composefs hides them, or for
// an absolute link to the running system. Here a change below such a link is a conflict ([LinkOutside]), and a
// removal below it has nothing to do.
//
// # Durability
//
// target belongs to a deployment that nothing refers to yet: after an error it is to be thrown away, after
// success the caller syncs the file system before it refers to it. Extended attributes are copied on Linux only.
package etcmerge
