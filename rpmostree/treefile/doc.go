// Package treefile reads treefiles, the descriptions of what goes into a commit of rpm-ostree, and the
// documents around them: lockfiles, extensions, passwd and group files.
//
// [LoadCompose] reads a treefile with everything that it includes; [Config.JSON] prints the flattened
// result. The methods of [Treefile] give the values with defaults applied.
//
// # The format
//
//	ref: nestos/${basearch}/stable         YAML; JSON and a subset of kickstart as well
//	include: common.yaml                   relative to this file
//	arch-include: {aarch64: arm.yaml}
//	conditional-include:
//	  - if: debug == true                  ==, !=, and for numbers <, <=, >, >=
//	    include: debug.yaml
//	variables: {debug: false}
//	packages:
//	  - kernel systemd                     split at white space
//	  - "'podman >= 4.1'"                  except between single quotes
//	packages-x86_64: [microcode_ctl]
//	add-files: [[motd, /etc/motd]]
//
// What a file says goes before what it includes: single values and entries of maps replace, lists are
// those of the included file followed by the own ones, sets are united. Of several files later ones come
// first. Variables are settled from the outside in, and a condition sees those of the files read so far.
//
// Client treefiles have keys of [Derive] instead of those of [Base]; see [LoadClient] and [LoadClientDir].
//
// # What is guaranteed
//
// Unknown keys of YAML treefiles and keys that occur twice are errors with their place, as are values of a
// wrong type. Documents are limited in size, depth and what aliases make of them. Files are reached
// through an [io/fs.FS] and nowhere else. Output is deterministic: the order of keys is fixed, maps are
// sorted. The digests are for comparison with digests of this package.
//
// Nothing here is specific to a platform, touches a tree or runs a program.
//
// # What is not done
//
// Modularity is gone, as upstream. [Treefile.Unsupported] names what a treefile asks for and this module
// cannot compose. Regular expressions are those of package regexp: without back-references and
// look-around.
package treefile
