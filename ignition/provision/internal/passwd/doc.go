// Package passwd makes, changes and deletes the groups and users of a config, with
// the shadow utilities, and writes the keys that may log in.
//
// Keys are written with the ids of their user, below directories that are no links:
// whoever owns a home directory can make writing fail, but not lead it elsewhere.
package passwd
