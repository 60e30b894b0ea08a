// Package v3_1 reads, checks and merges Ignition configs of version 3.1.0.
//
// It added proxies, HTTP headers, compression and SHA-256 for every resource, and
// mount options.
//
// [Parse] takes that version only, [ParseCompatibleVersion] older ones too; [Merge]
// lays one config over another. The structs are in the sub-package types. Programs that
// take whatever version a config has use the package ignition/config instead, whose
// types are those of the newest version; [ToNewest] and [FromNewest] go between them.
//
// Positions, and the keys of entries for messages, are with ignition/config.ParseDocument
// only. Nothing is read or fetched and no argument is changed: the functions may be called
// from several goroutines, with the same config too.
package v3_1
