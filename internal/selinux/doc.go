// Package selinux finds the SELinux labels that a policy assigns to paths,
// without libselinux and without a kernel that has SELinux.
//
// [Load] reads the policy of a root directory, [Policy.Lookup] answers for one
// path and file type:
//
//	policy, err := selinux.Load(os.DirFS("/sysroot"))
//	label, ok, err := policy.Lookup("/usr/bin/bash", unix.S_IFREG|0o755)
//	// system_u:object_r:shell_exec_t:s0
//
// # Where the policy is
//
// etc/selinux/config, or usr/etc/selinux/config where there is no etc/selinux,
// has the lines SELINUX=enforcing (or permissive; anything else means that there
// is no policy) and SELINUXTYPE=name. In the directory "name" beside it are
// policy/policy.NN, whose SHA-256 identifies the policy ([Policy.Checksum]), and
//
//	contexts/files/file_contexts            labels by path
//	contexts/files/file_contexts.homedirs   more of them, generated
//	contexts/files/file_contexts.local      more of them, the administrator's
//	contexts/files/file_contexts.subs_dist  path prefixes to replace
//	contexts/files/file_contexts.subs       the administrator's, applied first
//
// of which only the first must exist. Compiled files (*.bin) are not read; they
// hold the same.
//
// # How a label is found
//
// Repeated and trailing slashes are dropped and the first path prefix that the
// last fitting line of subs, then of subs_dist names is replaced. An entry is
//
//	/usr/lib(/.*)?    --    system_u:object_r:lib_t:s0
//
// a Perl compatible expression that must match the whole path, an optional file
// type (-- regular, -d directory, -l link, -b, -c, -p, -s) and the label, where
// <<none>> stands for no label. Entries without special characters come before
// all others; among equals the last one in the order of files above counts. The
// path /proc is looked up as /mnt, as OSTree does, so that its mount point does not
// get the label of the file system that covers it.
//
// # Expressions
//
// Expressions see bytes, as in libselinux: "." is one byte of a UTF-8 name (and may be a
// newline). What package regexp can run is run by it, in linear
// time; look-around and back references fall back to a backtracking engine
// with a time limit. An expression that neither accepts is an error of the
// lookups that reach it.
//
// # Speed
//
// Entries are indexed by their fixed prefix, the common forms of what follows
// are matched without an expression engine, the others compiled when they are first
// needed. A [Policy] may be used by several goroutines at once.
package selinux
