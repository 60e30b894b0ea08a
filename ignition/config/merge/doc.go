// Package merge lays one Ignition config over another.
//
// [Merge] gives the config that a machine gets when a config (the parent) names
// another one (the child) in ignition.config.merge; a distribution's base config
// and the user's config meet the same way. [Trace] does the same and tells where
// each part of the result came from, so that a finding in the result can be shown
// at the text that caused it.
//
// # Rules
//
// Both configs are of one version. For each field:
//
//   - an optional scalar is the child's if the child sets it, else the parent's;
//   - a plain scalar (names, paths, the version) is the child's;
//   - an object is merged field by field; one that the child leaves empty is the
//     parent's as it is;
//   - a list in which order and repetition matter (what is appended to files, the
//     arguments for mkfs, mdadm and luksFormat, mount options) is the parent's
//     followed by the child's;
//   - any other list is a set with keys. A parent's entry that the child has too
//     is merged in its place, the child's other entries follow in their order.
//
// Keys are paths of files, directories and links; names of units, drop-ins, users,
// groups, arrays, LUKS devices and HTTP headers; devices of disks and file systems;
// sources of referenced configs and certificates; URLs of Tang servers; the number
// of a partition, or its label if it has no number; and the strings themselves in
// lists of strings.
//
// Files, directories and links form one set: a link in the child takes the place of
// a file in the parent. So do the kernel arguments that should and should not exist.
// An HTTP header without a value in the child removes the parent's.
//
// # Guarantees
//
// The inputs are never changed. The result has lists of its own, so entries may be
// appended to it or overwritten in it. Optional scalars are shared with the inputs:
// change one by assigning a new pointer, not through the old one. The time is linear
// in the number of entries. Two valid configs can give an invalid one.
package merge
