package solver

// Ids that are the same in every pool.
const (
	IDNone  ID = 0
	IDEmpty ID = 1
)

// Well-known strings. Namespaces are the names of OpNamespace relations whose
// providers come from the environment.
const (
	preMarker ID = iota + 2
	fileMarker
	NamespaceInstalled
	NamespaceModalias
	NamespaceSplitProvides
	NamespaceLanguage
	NamespaceFilesystem
	NamespaceOtherProviders
	systemName
	ArchSrc
	ArchNosrc
	ArchNoarch
	ArchAll
	ArchAny
)

func knownStrings() []string {
	return []string{
		"<NULL>", "",
		"solvable:prereqmarker", "solvable:filemarker",
		"namespace:installed", "namespace:modalias", "namespace:splitprovides",
		"namespace:language", "namespace:filesystem", "namespace:otherproviders",
		"system:system", "src", "nosrc", "noarch", "all", "any",
	}
}
