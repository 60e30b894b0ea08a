package evr

// RPMLibProvides lists the rpmlib(…) capabilities that this module implements, all of those
// of rpm 4.18, sorted by name. The slice is the caller's.
func RPMLibProvides() []Dep {
	deps := make([]Dep, 0, len(rpmlib)/2)
	for i := 0; i < len(rpmlib); i += 2 {
		deps = append(deps, Dep{Name: "rpmlib(" + rpmlib[i] + ")", Flags: RPMLib | Equal, Version: rpmlib[i+1]})
	}
	return deps
}

var rpmlib = []string{
	"BuiltinLuaScripts", "4.2.2-1",
	"CaretInVersions", "4.15.0-1",
	"CompressedFileNames", "3.0.4-1",
	"ConcurrentAccess", "4.1-1",
	"DynamicBuildRequires", "4.15.0-1",
	"ExplicitPackageProvide", "4.0-1",
	"FileCaps", "4.6.1-1",
	"FileDigests", "4.6.0-1",
	"HeaderLoadSortsTags", "4.0.1-1",
	"LargeFiles", "4.12.0-1",
	"PartialHardlinkSets", "4.0.4-1",
	"PayloadFilesHavePrefix", "4.0-1",
	"PayloadIsBzip2", "3.0.5-1",
	"PayloadIsLzma", "4.4.2-1",
	"PayloadIsXz", "5.2-1",
	"PayloadIsZstd", "5.4.18-1",
	"RichDependencies", "4.12.0-1",
	"ScriptletExpansion", "4.9.0-1",
	"ScriptletInterpreterArgs", "4.0.3-1",
	"TildeInVersions", "4.10.0-1",
	"VersionedDependencies", "3.0.3-1",
}
