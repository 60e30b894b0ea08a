// Package tree changes the real root of a machine that is being provisioned.
//
// A [Tree] is a directory that is not trusted: names are resolved inside of it,
// whatever links its owner planted, and nothing that is in the way is opened
// before it is known to be a regular file. On top of package confine it knows
// what Ignition needs:
//
//   - [Tree.Resolve] gives a name without links, but for the last component
//   - [Tree.Create] begins a file that appears whole, with owner and mode, or not at all
//   - [Tree.Note] collects what has to get new SELinux labels
//   - [Tree.Accounts] are the users and groups of the root
//
// Directories stay open between uses, so that many files in one directory cost
// a handful of system calls each.
//
// Temporary files begin with [TempPrefix] and have names of one form. No other program
// uses it, so that what a killed run left is removed when its directory is used again,
// unless [Tree.Protect] knows the name.
package tree
