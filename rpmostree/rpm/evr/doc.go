// Package evr compares RPM versions and evaluates RPM dependencies.
//
// [VerCmp] orders two version strings; [Overlaps] tells whether a provided range satisfies a
// required one. They are different comparisons: packages are sorted by [Compare], where an
// absent epoch is 0 and an absent release is the lowest, while in dependencies absent parts
// are wildcards.
//
// # Versions
//
//	[epoch:]version[-release]        1:2.0~rc1-3.fc40
//
// A version is a sequence of segments, runs of digits or of ASCII letters; everything else
// separates segments and is otherwise ignored, so `1.0` equals `1_0`. Digits are compared as
// numbers of any size, letters bytewise, and a number is newer than letters. `~` sorts before
// everything, even the end of the string (`1.0~rc1` < `1.0`); `^` sorts after the end but
// before anything else (`1.0` < `1.0^git1` < `1.0.1`).
//
// # Dependencies
//
// A [Dep] is a name, a range (bits [Less], [Greater], [Equal] of its flags, and a version) and
// the context bits that rpm stores in the same word, for example [ScriptPre] for what is needed
// by %pre. A name that starts with `(` is a boolean ("rich") dependency, which [ParseRich] turns
// into a tree:
//
//	(pkga >= 2 and (pkgb or pkgc))      (langpack-de if glibc else nothing)
//
// Requirements of the form rpmlib(…) are met by the implementation, see [RPMLibProvides].
//
// Comparisons do not allocate. All functions are safe for concurrent use and accept
// arbitrary bytes; nothing requires UTF-8. The behaviour is that of rpm 4.18.
package evr
